// Finds the devices of Bertie's engines, the runtimes, and PyTorch on this machine.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { attempt } from "./command.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const bertie = [process.execPath, here("../../packages/cli/bin/bertie.js")];
export const golden = here("golden.js");
export const step = here("../training/peers/python/step.py");
export const run = here("../training/peers/python/run_transformers.py");
export const chromiumSuite = here("../../tests/runtimes/chromium/run.js");
export const vitest = here("../../node_modules/vitest/vitest.mjs");

/** Returns the report of `bertie doctor`, and as `targets` its pairs of engine and GPU, including pairs that do not work. */
export async function runDoctor(seconds) {
  const { stdout, fault } = await attempt([...bertie, "doctor", "--json", "--verbose"], { seconds });
  if (fault !== undefined) throw new Error(`bertie doctor: ${fault}`);
  const report = JSON.parse(stdout);
  return { ...report, targets: report.engines.filter(({ device }) => device !== "cpu") };
}

/** Path of Deno, or undefined if it is not installed. */
export const deno = [here("../../node_modules/.bin/deno"), "deno"].find((path) => canRun(path, "--version"));
export const chromium = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/**
 * Finds a Python installation whose PyTorch supports a GPU of this machine.
 *
 * @returns the Python command, the PyTorch version and the GPU name; or `missing`, the reason why none was found
 */
export function findTorch() {
  const installed = here("../training/peers/python/.venv/bin/python");
  const code = `
import torch
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "Apple GPU" if torch.backends.mps.is_available() else ""
print(torch.__version__, gpu, sep="|")
import transformers`;
  let missing = "no Python with torch and transformers was found; set PYTHON to its path";
  for (const python of [process.env.PYTHON, installed, "python3"].filter(Boolean)) {
    const { status, stdout } = spawnSync(python, ["-c", code], { encoding: "utf8", timeout: 120_000 });
    const [version, gpu] = (stdout ?? "").trim().split("|");
    if (version && !gpu) missing = `torch ${version} of ${python} finds no GPU`;
    else if (version && status !== 0) missing = `${python} has torch ${version}, but not transformers`;
    if (version && gpu && status === 0) return { python, version, gpu };
  }
  return { missing };
}

/** Returns whether a program can be run. */
function canRun(program, ...args) {
  return spawnSync(program, args, { timeout: 20_000 }).status === 0;
}
