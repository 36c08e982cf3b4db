// `npm run setup:native`: gets TensorFlow going as an optional engine, in the git-ignored folder `native/`, or in the
// one that BERTIE_NATIVE names; with `-- --gpu` TensorFlow with CUDA, beside it. Nothing else of Bertie needs them, and
// `npm ci` knows nothing of them.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, say } from "./native/run.js";
import { stagingFolder } from "./native/staging.js";
import { buildTensorflow, buildTensorflowGpu, proveTensorflow, proveTensorflowGpu } from "./native/tensorflow.js";
import { endGroups } from "./process-group.js";

const NATIVE = process.env.BERTIE_NATIVE ?? fileURLToPath(new URL("../native", import.meta.url));

/** Optional parts: the folder in `native/`, how to make it in an empty folder, and how to show that it works there. */
const CPU = { name: "tensorflow", build: buildTensorflow, prove: proveTensorflow };
const GPU = { name: "tensorflow-gpu", build: buildTensorflowGpu, prove: proveTensorflowGpu };

const [argument, ...more] = process.argv.slice(2);
const unknown = [...(argument === "--gpu" ? [] : [argument]), ...more].find((text) => text !== undefined);
if (unknown !== undefined) stop(`setup:native: unknown argument ${unknown}: there is --gpu`, 2);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
process.on("exit", endGroups);

try {
  await setUp(argument === "--gpu" ? GPU : CPU);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  stop(`setup:native: ${error.message}`, 1);
}

/** Makes a part beside its place and moves it there when it works: it is there whole, or not at all. */
async function setUp({ name, build, prove }) {
  const folder = join(NATIVE, name);
  if (existsSync(folder)) {
    try {
      return say(`${name} is there already: ${await prove(folder)}`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say(`${name} is there, but does not work (${error.message}): making it anew`);
    }
  }
  mkdirSync(NATIVE, { recursive: true });
  const staging = stagingFolder(folder);
  await build(staging);
  const proof = await prove(staging);
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  say(`${name} works: ${proof}`);
}

function stop(message, status) {
  console.error(message);
  process.exit(status);
}
