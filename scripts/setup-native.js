// `npm run setup:native`: gets TensorFlow going as an optional engine, in the git-ignored folder `native/`, or in the
// one that BERTIE_NATIVE names. Nothing else of Bertie needs it, and `npm ci` knows nothing of it.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endChildren, Fault, say } from "./native/run.js";
import { stagingFolder } from "./native/staging.js";
import { buildTensorflow, proveTensorflow } from "./native/tensorflow.js";

const NATIVE = process.env.BERTIE_NATIVE ?? fileURLToPath(new URL("../native", import.meta.url));

/** An optional part: its folder in `native/`, how to make it in an empty folder, and how to show that it works there. */
const PARTS = [{ name: "tensorflow", build: buildTensorflow, prove: proveTensorflow }];

if (process.argv.length > 2) stop(`setup:native: unknown argument ${process.argv[2]}`, 2);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
process.on("exit", endChildren);

try {
  for (const part of PARTS) await setUp(part);
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
