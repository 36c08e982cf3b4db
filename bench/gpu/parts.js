// What is on this machine: devices of Bertie's engines, runtimes, and PyTorch on the same GPU.
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

/** What `bertie doctor` finds: all it says, and the GPUs' places among it, working or not. */
export async function examine(seconds) {
  const { stdout, fault } = await attempt([...bertie, "doctor", "--json", "--verbose"], { seconds });
  if (fault !== undefined) throw new Error(`bertie doctor: ${fault}`);
  const report = JSON.parse(stdout);
  return { ...report, places: report.engines.filter(({ device }) => device !== "cpu") };
}

/** Deno; undefined where it is not. */
export const deno = [here("../../node_modules/.bin/deno"), "deno"].find((path) => answers(path, "--version"));
export const chromium = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** A Python whose PyTorch finds a GPU: its command and what it is; or what is missing. */
export function findTorch() {
  const own = here("../training/peers/python/.venv/bin/python");
  const code = `
import torch
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "Apple's GPU" if torch.backends.mps.is_available() else ""
print(torch.__version__, gpu, sep="|")
import transformers`;
  let missing = "no Python has torch and transformers (PYTHON=… names one)";
  for (const python of [process.env.PYTHON, own, "python3"].filter(Boolean)) {
    const { status, stdout } = spawnSync(python, ["-c", code], { encoding: "utf8", timeout: 120_000 });
    const [version, gpu] = (stdout ?? "").trim().split("|");
    if (version && !gpu) missing = `torch ${version} of ${python} finds no GPU`;
    else if (version && status !== 0) missing = `${python} has torch ${version}, but not transformers`;
    if (version && gpu && status === 0) return { python, version, gpu };
  }
  return { missing };
}

function answers(program, ...args) {
  return spawnSync(program, args, { timeout: 20_000 }).status === 0;
}
