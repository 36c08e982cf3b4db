// Installs TensorFlow with `@tensorflow/tfjs-node`: a C library, and an addon that makes it available to Node and Deno.
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { log, run, SetupError } from "./run.js";
import { downloadWheel, requirementsOf, unpackWheel } from "./wheel.js";

const PACKAGE = "@tensorflow/tfjs-node";
const VERSION = "4.22.0";
/** Headers of Node-API, the stable interface for addons. An addon works with all versions of Node and Deno. */
const NODE_HEADERS = "node-api-headers@1.9.0";

const CPU_WHEEL = "tensorflow-cpu==2.18.1";
/** TensorFlow with CUDA kernels. Its extra "and-cuda" requires the wheels of the CUDA libraries. */
const GPU_WHEEL = "tensorflow==2.18.1";
/** Free disk space that unpacking TensorFlow with CUDA needs, in GB. */
const GPU_GIGABYTES = 7;
/** Wheels that TensorFlow's C library does not load: compilers, random numbers, and communication between GPUs. */
const UNUSED_WHEELS = /nvcc|nvrtc|curand|nccl/;
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const INCLUDE = "tensorflow/include";
const HEADERS = ["tensorflow/c", "tensorflow/core/platform", "tsl/platform", "xla/tsl/c"];
const WANTED = new RegExp(`tensorflow/(${LIBRARIES.join("|")})$|${INCLUDE}/(${HEADERS.join("|")})/`);

/** Installs the package in an empty folder, with the package's installer or, if the installer fails, by building the addon. */
export async function buildTensorflow(folder) {
  await installPackage(folder);
  try {
    log("running the package's installer");
    await npm(folder, ["rebuild", "--ignore-scripts=false", PACKAGE], 60);
    await verifyTensorflow(folder);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    log(`the installer failed (${error.message}); building the package from ${CPU_WHEEL} of PyPI instead`);
    await buildFromWheel(folder, CPU_WHEEL);
  }
}

/**
 * Installs the package with CUDA 12 in an empty folder, for NVIDIA GPUs. Without a GPU, it runs on the CPU.
 *
 * The package's own installer is not used, because its TensorFlow of 2022 is built for CUDA 11.2, which does not
 * support current GPUs.
 */
export async function buildTensorflowGpu(folder) {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new SetupError(
      `${GPU_WHEEL} supports CUDA only on Linux x64, not on ${process.platform} ${process.arch}. Install without --gpu.`,
    );
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < GPU_GIGABYTES * 2 ** 30)
    throw new SetupError(
      `${folder}: TensorFlow with CUDA needs ${GPU_GIGABYTES} GB of free disk space. Free some space, or set BERTIE_NATIVE.`,
    );
  await installPackage(folder);
  await buildFromWheel(folder, GPU_WHEEL, "and-cuda");
}

/** Multiplies two matrices in a separate process, and returns a description of the result. */
export async function verifyTensorflow(folder) {
  const { version, device } = await multiply(folder, "-1");
  return `TensorFlow ${version} multiplied two matrices on the ${device}`;
}

/** Multiplies two matrices like {@link verifyTensorflow}, but on a GPU if TensorFlow finds one. */
export async function verifyTensorflowGpu(folder) {
  const { version, device } = await multiply(folder, process.env.CUDA_VISIBLE_DEVICES);
  const result = `TensorFlow ${version} multiplied two matrices on the ${device}`;
  if (device === "GPU") return result;
  const listed = await run("nvidia-smi", ["--list-gpus"]).catch(() => "");
  const [gpu] = listed.split(" (UUID");
  const reason = gpu
    ? `it cannot use ${gpu} (set TF_CPP_MIN_LOG_LEVEL=0 to see the reason)`
    : "no GPU or no NVIDIA driver was found";
  return `${result}, because ${reason}`;
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
  if (product !== "19 22 43 50")
    throw new SetupError(`TensorFlow ${version} returned the matrix product "${product}", expected "19 22 43 50"`);
  return { version, device };
}

function packageOf(folder) {
  return join(folder, "node_modules", PACKAGE);
}

function addonOf(folder) {
  return join(packageOf(folder), "lib/napi-v8/tfjs_binding.node");
}

async function installPackage(folder) {
  log(`installing ${PACKAGE} ${VERSION}`);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: "native-tensorflow", private: true })}\n`);
  await npm(folder, ["install", "--ignore-scripts", "--no-package-lock", `${PACKAGE}@${VERSION}`, NODE_HEADERS]);
}

/**
 * Builds the addon with the libraries of a wheel. The requirements of an extra are unpacked where the libraries find
 * them.
 */
async function buildFromWheel(folder, requirement, extra) {
  if (process.platform !== "linux") throw new SetupError(`${requirement} supports only Linux, not ${process.platform}`);
  const compiler = process.env.CXX ?? "g++";
  await run(compiler, ["--version"]).catch(() => {
    throw new SetupError(
      `the C++ compiler ${compiler} is not installed. Install it (Debian: apt-get install g++) or set CXX.`,
    );
  });
  const [target, scratch] = [packageOf(folder), join(folder, "scratch")];
  for (const name of ["deps", "lib"]) rmSync(join(target, name), { recursive: true, force: true });
  for (const name of ["deps/lib", "lib/napi-v8"]) mkdirSync(join(target, name), { recursive: true });

  if (extra) log(`downloading ${requirement}`);
  mkdirSync(scratch);
  const wheel = await downloadWheel(requirement, join(scratch, "wheel"));
  const requirements = extra ? (await requirementsOf(wheel, extra)).filter((name) => !UNUSED_WHEELS.test(name)) : [];
  log("unpacking the wheel");
  await unpackWheel(wheel, scratch, WANTED);
  const libraries = LIBRARIES.map((name) => join(target, "deps/lib", name));
  for (const library of libraries) renameSync(join(scratch, "tensorflow", basename(library)), library);

  log("compiling the addon");
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

  for (const [i, name] of requirements.entries()) {
    log(`downloading ${name}, ${i + 1} of ${requirements.length}`);
    // TensorFlow's libraries load the CUDA libraries from `../nvidia`, and the CUDA libraries load each other from
    // there.
    const library = await downloadWheel(name, join(scratch, `wheel-${i}`));
    await unpackWheel(library, join(target, "deps"), /nvidia\/\w+\/lib\/[^/]+\.so/);
  }
  rmSync(scratch, { recursive: true });
}

async function npm(folder, args, seconds) {
  // `npm run` sets the path of npm. Otherwise, npm is searched for in PATH.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith(".js") ? [process.execPath, [cli]] : ["npm", []];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run(command, [...first, ...args, ...quiet], { cwd: folder, seconds }).catch((error) => {
    throw new SetupError(`npm ${args[0]}: ${error.message}`);
  });
}
