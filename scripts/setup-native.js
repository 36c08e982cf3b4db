// `npm run setup:native` installs TensorFlow, an optional engine, in the folder `native/`, which git ignores, or in the
// folder that BERTIE_NATIVE names. `npm run setup:native -- --gpu` installs TensorFlow with CUDA next to it. `npm ci`
// does not install either.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { log, SetupError } from "./native/run.js";
import { createStagingFolder } from "./native/staging.js";
import { buildTensorflow, buildTensorflowGpu, verifyTensorflow, verifyTensorflowGpu } from "./native/tensorflow.js";
import { endGroups } from "./process-group.js";

const NATIVE = process.env.BERTIE_NATIVE ?? fileURLToPath(new URL("../native", import.meta.url));

// `name` is the folder in `native/`, `build` fills an empty folder, and `verify` checks that the engine in a folder
// works.
const CPU = { name: "tensorflow", build: buildTensorflow, verify: verifyTensorflow };
const GPU = { name: "tensorflow-gpu", build: buildTensorflowGpu, verify: verifyTensorflowGpu };

const [argument, ...more] = process.argv.slice(2);
const unknown = [...(argument === "--gpu" ? [] : [argument]), ...more].find((text) => text !== undefined);
if (unknown !== undefined) stop(`setup:native: unknown argument ${unknown}. The only option is --gpu.`, 2);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
process.on("exit", endGroups);

try {
  await setUp(argument === "--gpu" ? GPU : CPU);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  stop(`setup:native: ${error.message}`, 1);
}

/** Installs an engine atomically: builds and verifies it in a staging folder, which then replaces the final folder. */
async function setUp({ name, build, verify }) {
  const folder = join(NATIVE, name);
  if (existsSync(folder)) {
    try {
      return log(`${name} is already installed: ${await verify(folder)}`);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      log(`${name} is installed but does not work (${error.message}); installing it again`);
    }
  }
  mkdirSync(NATIVE, { recursive: true });
  const staging = createStagingFolder(folder);
  await build(staging);
  const result = await verify(staging);
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  log(`${name} works: ${result}`);
}

function stop(message, status) {
  console.error(message);
  process.exit(status);
}
