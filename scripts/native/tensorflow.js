// TensorFlow as `@tensorflow/tfjs-node` carries it: a C library, and an addon that opens it to Node and Deno.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, run, say } from "./run.js";

const PACKAGE = "@tensorflow/tfjs-node";
const VERSION = "4.22.0";
/** Node's stable interface for addons, of which one version serves every Node and Deno. */
const NODE_HEADERS = "node-api-headers@1.9.0";

const WHEEL = "tensorflow-cpu==2.18.1";
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const INCLUDE = "tensorflow/include";
const HEADERS = ["tensorflow/c", "tensorflow/core/platform", "tsl/platform", "xla/tsl/c"];
/** Where pip is, Python is, and it knows how to open a wheel: archive, target folder, what names begin with. */
const UNPACK = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith(tuple(sys.argv[3:]))])`;

/** Installs the package in an empty folder, by its own installer where that can download, else built here. */
export async function buildTensorflow(folder) {
  say(`installing ${PACKAGE} ${VERSION}`);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: "native-tensorflow", private: true })}\n`);
  await npm(folder, ["install", "--ignore-scripts", "--no-package-lock", `${PACKAGE}@${VERSION}`, NODE_HEADERS]);
  try {
    say("asking its own installer for TensorFlow");
    await npm(folder, ["rebuild", "--ignore-scripts=false", PACKAGE], 60);
    await proveTensorflow(folder);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    say(`that did not work (${error.message}): building it from PyPI's ${WHEEL}`);
    await buildFromWheel(folder);
  }
}

/** Multiplies two matrices in a process of its own. */
export async function proveTensorflow(folder) {
  const script = `
    const tf = require(${JSON.stringify(addonOf(folder))});
    const type = { name: "T", type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT };
    const matrix = (...values) => tf.createTensor([2, 2], tf.TF_FLOAT, Float32Array.from(values));
    const [product] = tf.executeOp("MatMul", [type], [matrix(1, 2, 3, 4), matrix(5, 6, 7, 8)], 1);
    console.log(tf.TF_Version + ": " + tf.tensorDataSync(product.id).join(" "));`;
  const line = await run(process.execPath, ["--eval", script], { env: { TF_CPP_MIN_LOG_LEVEL: "3" }, seconds: 60 });
  const [version, product] = line.trim().split(": ");
  if (product !== "19 22 43 50") throw new Fault(`TensorFlow ${version} multiplies matrices wrongly: ${product}`);
  return `TensorFlow ${version} multiplied two matrices`;
}

function packageOf(folder) {
  return join(folder, "node_modules", PACKAGE);
}

function addonOf(folder) {
  return join(packageOf(folder), "lib/napi-v8/tfjs_binding.node");
}

async function buildFromWheel(folder) {
  if (process.platform !== "linux") throw new Fault(`${WHEEL} has the library for Linux only, not ${process.platform}`);
  const compiler = process.env.CXX ?? "g++";
  await run(compiler, ["--version"]).catch(() => {
    throw new Fault(`${compiler}, the C++ compiler, is missing: install it (Debian: apt-get install g++) or set CXX`);
  });
  const python = await findPython();
  const [target, scratch] = [packageOf(folder), join(folder, "scratch")];
  for (const left of ["deps", "lib"]) rmSync(join(target, left), { recursive: true, force: true });
  for (const made of ["deps/lib", "lib/napi-v8"]) mkdirSync(join(target, made), { recursive: true });

  // The libraries are the same for all versions of Python: which of them is here does not matter.
  const which = ["--no-deps", "--only-binary=:all:", "--python-version=3.11"];
  await run(python, ["-m", "pip", "download", "--quiet", ...which, "--dest", scratch, WHEEL]);

  say("unpacking it");
  const [wheel] = readdirSync(scratch);
  const wanted = [...LIBRARIES.map((name) => `tensorflow/${name}`), ...HEADERS.map((name) => `${INCLUDE}/${name}/`)];
  await run(python, ["-c", UNPACK, join(scratch, wheel), scratch, ...wanted]);
  const libraries = LIBRARIES.map((name) => join(target, "deps/lib", name));
  for (const library of libraries) renameSync(join(scratch, "tensorflow", basename(library)), library);

  say("compiling the addon");
  const includes = [join(folder, "node_modules/node-api-headers/include"), join(scratch, INCLUDE), target];
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(target, "binding", name));
  sources.push(fileURLToPath(new URL("quiet-first-session.cc", import.meta.url)));
  const options = ["-O2", "-std=c++17", "-fPIC", "-shared", "-DNAPI_VERSION=8", ...includes.map((path) => `-I${path}`)];
  const rpath = "-Wl,-rpath,$ORIGIN/../../deps/lib";
  await run(compiler, [...options, ...sources, ...libraries, rpath, "-o", addonOf(folder)]);
  rmSync(scratch, { recursive: true });
}

async function findPython() {
  for (const python of ["python3", "python"])
    if (await run(python, ["-m", "pip", "--version"]).catch(() => undefined)) return python;
  throw new Fault("pip, which gets TensorFlow from PyPI, is missing: install it (Debian: apt-get install python3-pip)");
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
