// TensorFlow as `@tensorflow/tfjs-node` carries it: a C library, and an addon that opens it to Node and Deno.
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, run, say } from "./run.js";
import { downloadWheel, requirementsOf, unpackWheel } from "./wheel.js";

const PACKAGE = "@tensorflow/tfjs-node";
const VERSION = "4.22.0";
/** Node's stable interface for addons, of which one version serves every Node and Deno. */
const NODE_HEADERS = "node-api-headers@1.9.0";

const CPU_WHEEL = "tensorflow-cpu==2.18.1";
/** The same with kernels for CUDA; what it needs of CUDA are wheels too, its extra "and-cuda". */
const GPU_WHEEL = "tensorflow==2.18.1";
const GPU_GIGABYTES = 7;
/** A compiler, random numbers, several GPUs at once: TensorFlow's library for C does not look for them. */
const NEVER_LOADED = /nvcc|nvrtc|curand|nccl/;
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const INCLUDE = "tensorflow/include";
const HEADERS = ["tensorflow/c", "tensorflow/core/platform", "tsl/platform", "xla/tsl/c"];
const WANTED = new RegExp(`tensorflow/(${LIBRARIES.join("|")})$|${INCLUDE}/(${HEADERS.join("|")})/`);

/** Installs the package in an empty folder, by its own installer where that can download, else built here. */
export async function buildTensorflow(folder) {
  await installPackage(folder);
  try {
    say("asking its own installer for TensorFlow");
    await npm(folder, ["rebuild", "--ignore-scripts=false", PACKAGE], 60);
    await proveTensorflow(folder);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    say(`that did not work (${error.message}): building it from PyPI's ${CPU_WHEEL}`);
    await buildFromWheel(folder, CPU_WHEEL);
  }
}

/**
 * Installs it with CUDA 12 in an empty folder, for NVIDIA's GPUs; without one it computes on the CPU. The package's own
 * installer is not asked: its TensorFlow is of 2022, for CUDA 11.2, which today's GPUs do not know.
 */
export async function buildTensorflowGpu(folder) {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Fault(`${GPU_WHEEL} has CUDA on Linux on x64 only, not on ${process.platform} on ${process.arch}`);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < GPU_GIGABYTES * 2 ** 30)
    throw new Fault(`${folder} has no ${GPU_GIGABYTES} GB free, which TensorFlow with CUDA takes while it is unpacked`);
  await installPackage(folder);
  await buildFromWheel(folder, GPU_WHEEL, "and-cuda");
}

/** Multiplies two matrices in a process of its own. */
export async function proveTensorflow(folder) {
  const { version, device } = await multiply(folder, "-1");
  return `TensorFlow ${version} multiplied two matrices on the ${device}`;
}

/** The same on a GPU, where TensorFlow finds one. */
export async function proveTensorflowGpu(folder) {
  const { version, device } = await multiply(folder, process.env.CUDA_VISIBLE_DEVICES);
  const proof = `TensorFlow ${version} multiplied two matrices on the ${device}`;
  if (device === "GPU") return proof;
  const listed = await run("nvidia-smi", ["--list-gpus"]).catch(() => "");
  const [gpu] = listed.split(" (UUID");
  const why = gpu
    ? `it cannot use ${gpu}; with TF_CPP_MIN_LOG_LEVEL=0 it tells why`
    : "there is no GPU, or not NVIDIA's driver";
  return `${proof}, as ${why}`;
}

async function multiply(folder, gpus) {
  const script = `
    const tf = require(${JSON.stringify(addonOf(folder))});
    const type = { name: "T", type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT };
    const matrix = (...values) => tf.createTensor([2, 2], tf.TF_FLOAT, Float32Array.from(values));
    const [product] = tf.executeOp("MatMul", [type], [matrix(1, 2, 3, 4), matrix(5, 6, 7, 8)], 1);
    const device = tf.isUsingGpuDevice() ? "GPU" : "CPU";
    console.log([tf.TF_Version, device, tf.tensorDataSync(product.id).join(" ")].join());`;
  const env = {
    TF_CPP_MIN_LOG_LEVEL: "3",
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    ...(gpus && { CUDA_VISIBLE_DEVICES: gpus }),
  };
  const line = await run(process.execPath, ["--eval", script], { env, seconds: 120 });
  const [version, device, product] = line.trim().split(",");
  if (product !== "19 22 43 50") throw new Fault(`TensorFlow ${version} multiplies matrices wrongly: ${product}`);
  return { version, device };
}

function packageOf(folder) {
  return join(folder, "node_modules", PACKAGE);
}

function addonOf(folder) {
  return join(packageOf(folder), "lib/napi-v8/tfjs_binding.node");
}

async function installPackage(folder) {
  say(`installing ${PACKAGE} ${VERSION}`);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: "native-tensorflow", private: true })}\n`);
  await npm(folder, ["install", "--ignore-scripts", "--no-package-lock", `${PACKAGE}@${VERSION}`, NODE_HEADERS]);
}

/** With an extra of the wheel, its requirements are unpacked beside the libraries, where these look for them. */
async function buildFromWheel(folder, requirement, extra) {
  if (process.platform !== "linux")
    throw new Fault(`${requirement} has the library for Linux only, not ${process.platform}`);
  const compiler = process.env.CXX ?? "g++";
  await run(compiler, ["--version"]).catch(() => {
    throw new Fault(`${compiler}, the C++ compiler, is missing: install it (Debian: apt-get install g++) or set CXX`);
  });
  const [target, scratch] = [packageOf(folder), join(folder, "scratch")];
  for (const left of ["deps", "lib"]) rmSync(join(target, left), { recursive: true, force: true });
  for (const made of ["deps/lib", "lib/napi-v8"]) mkdirSync(join(target, made), { recursive: true });

  if (extra) say(`downloading ${requirement}`);
  mkdirSync(scratch);
  const wheel = await downloadWheel(requirement, join(scratch, "wheel"));
  const needed = extra ? (await requirementsOf(wheel, extra)).filter((name) => !NEVER_LOADED.test(name)) : [];
  say("unpacking it");
  await unpackWheel(wheel, scratch, WANTED);
  const libraries = LIBRARIES.map((name) => join(target, "deps/lib", name));
  for (const library of libraries) renameSync(join(scratch, "tensorflow", basename(library)), library);

  say("compiling the addon");
  const includes = [join(folder, "node_modules/node-api-headers/include"), join(scratch, INCLUDE), target];
  const options = ["-O2", "-std=c++17", "-fPIC", "-shared"];
  const here = (name) => fileURLToPath(new URL(name, import.meta.url));
  const quiet = join(target, "deps/lib/libquiet.so");
  await run(compiler, [...options, "-Wl,-z,initfirst", "-Wl,-soname,libquiet.so", here("quiet-load.cc"), "-o", quiet]);
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(target, "binding", name));
  sources.push(here("quiet-first-session.cc"));
  const defines = ["-DNAPI_VERSION=8", ...includes.map((path) => `-I${path}`)];
  const rpath = "-Wl,-rpath,$ORIGIN/../../deps/lib";
  await run(compiler, [...options, ...defines, ...sources, quiet, ...libraries, rpath, "-o", addonOf(folder)]);

  for (const [i, other] of needed.entries()) {
    say(`getting ${other}, ${i + 1} of ${needed.length}`);
    // TensorFlow's libraries look for CUDA's in `../nvidia`, and those for one another.
    const part = await downloadWheel(other, join(scratch, `wheel-${i}`));
    await unpackWheel(part, join(target, "deps"), /nvidia\/\w+\/lib\/[^/]+\.so/);
  }
  rmSync(scratch, { recursive: true });
}

async function npm(folder, args, seconds) {
  // `npm run` says where npm is; else it is looked for.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith(".js") ? [process.execPath, [cli]] : ["npm", []];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run(command, [...first, ...args, ...quiet], { cwd: folder, seconds }).catch((error) => {
    throw new Fault(`npm ${args[0]}: ${error.message}`);
  });
}
