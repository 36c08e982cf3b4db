// Checks correctness on a GPU: the reference implementation's traces, loss scaling in fp16, and transfers to the device.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "./command.js";
import { bertie, chromium, chromiumSuite, deno, golden, vitest } from "./environment.js";
import { small } from "./table.js";

const UNAVAILABLE = "see Engines and devices";
const OVERFLOW = "fp16: after an overflow, the loss scale is halved, the step is skipped, and training continues";
const fixture = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Returns rows of runtime, engine and device, and differences or the reason why the differences were not measured. */
export async function checkTraces(targets, { seconds, log }) {
  const rows = [["runtime", "engine and device", "losses", "logits", "weights", "accuracy of a tiny BERT"]];
  const runtimes = [
    { name: "Node", command: [process.execPath], has: () => true },
    { name: "Deno", command: deno && [deno, "run", "-A"], has: ({ device }) => device === "webgpu" },
  ];
  for (const { engine, device, works } of targets)
    for (const { name, command, has } of runtimes) {
      if (!has({ device })) continue;
      const target = [name, `${engine} on ${device}`];
      log(`traces: ${target.join(", ")}`);
      if (command === undefined || !works)
        rows.push([...target, missing(command ? UNAVAILABLE : `${name} is not installed`), "", "", ""]);
      else {
        const { stdout, fault } = await attempt([...command, golden, engine, device], { seconds });
        if (fault !== undefined) rows.push([...target, `FAILED: ${fault}`, "", "", ""]);
        else {
          const { losses, logits, weights } = JSON.parse(stdout.trim().split("\n").at(-1));
          rows.push([...target, small(losses), small(logits), small(weights), "as on the CPU"]);
        }
      }
    }
  const hasGpu = targets.some(({ device, works }) => device === "webgpu" && works) && !process.env.VK_ICD_FILENAMES;
  rows.push(await inChromium({ hasGpu, seconds: 4 * seconds, log }));
  return rows;
}

/** Returns the row of Chromium, which simulates a GPU on a machine without a GPU. */
async function inChromium({ hasGpu, seconds, log }) {
  const target = ["Chromium", `onnx-web on webgpu${hasGpu ? "" : ", simulated"}`];
  log(`traces: ${target.join(", ")}`);
  if (chromium === undefined)
    return [...target, missing("Chromium is not installed; set CHROMIUM to its path"), "", "", ""];
  const { stdout, fault } = await attempt([process.execPath, chromiumSuite, chromium], {
    seconds,
    env: hasGpu ? { BERTIE_WEBGPU: "1" } : {},
  });
  const lines = stdout.split("\n").filter((line) => /on onnx-web on webgpu/.test(line));
  const failed = lines.find((line) => !line.startsWith("ok "));
  if (lines.length === 0 || failed) return [...target, `FAILED: ${failed ?? fault}`, "", "", ""];
  return [...target, "below 2e-5", "below 2e-5", "below 1e-4", "as on the CPU"];
}

/** Returns rows of check, engine and device, and result. */
export async function checkTraining(targets, { seconds, log }) {
  const rows = [["check", "engine and device", "result"]];
  const scratch = mkdtempSync(join(tmpdir(), "bench-gpu-"));
  for (const [i, target] of targets.entries()) {
    const name = `${target.engine} on ${target.device}`;
    log(`training: ${name}`);
    if (!target.works) {
      rows.push(["all", name, missing(UNAVAILABLE)]);
      continue;
    }
    const run = (...args) =>
      attempt(
        [...bertie, "train", ...tinyRun(target), ...args, "--output-dir", join(scratch, `${i}${args.join("")}`)],
        {
          seconds,
        },
      );
    if (target.precisions.includes("fp16")) {
      const { stderr, fault } = await run("--fp16", "--loss-scale", `${2 ** 24}`, "--num-train-epochs", "6");
      const skipped = [...stderr.matchAll(/step skipped, loss scale now (\d+)/g)].map(([, scale]) => Number(scale));
      const halved = skipped.length > 0 && skipped.every((scale, i) => scale === 2 ** (23 - i));
      rows.push([
        OVERFLOW,
        name,
        fault ? `FAILED: ${fault}` : halved ? `passed, ${skipped.length} times` : "FAILED: no step was skipped",
      ]);
    } else rows.push([OVERFLOW, name, missing("the device does not support fp16")]);
    const { fault } = await run("--optimize-on-cpu", "--max-steps", "2");
    rows.push(["--optimize-on-cpu trains", name, fault ? `FAILED: ${fault}` : "passed"]);
    if (target.placement) rows.push(["nodes of a training step by provider", name, JSON.stringify(target.placement)]);
    if (target.device === "webgpu") rows.push(await checkTransferredBytes(name, seconds));
  }
  rmSync(scratch, { recursive: true });
  return rows;
}

async function checkTransferredBytes(name, seconds) {
  const cells = ["bytes transferred per step do not depend on the size of the model", name];
  const env = { BERTIE_WEBGPU: process.env.BERTIE_WEBGPU ?? "1" };
  const { stdout, fault } = await attempt([process.execPath, vitest, "run", "tests/webgpu.test.ts", "-t", "bytes"], {
    seconds,
    env,
  });
  return [...cells, fault ? `FAILED: ${fault}` : /1 passed/.test(stdout) ? "passed" : "FAILED: no test ran"];
}

/** Returns the options of a run that trains the tests' tiny model on reviews. */
function tinyRun({ engine, device }) {
  const model = ["--bert-config-file", fixture("packages/model/fixtures/tiny-bert/bert_config.json")];
  const vocabulary = [
    "--vocab-file",
    fixture("tests/cli/fixtures/vocab.txt"),
    "--do-lower-case",
    "--max-seq-length",
    "16",
  ];
  const data = [
    "--task-name",
    "news",
    "--data-dir",
    fixture("examples/data/reviews"),
    "--max-train-samples",
    "64",
    "--train-batch-size",
    "8",
  ];
  return ["--do-train", ...model, ...vocabulary, ...data, "--engine", engine, "--device", device];
}

/** Returns the text of a table cell whose value could not be measured. */
export function missing(reason) {
  return `missing: ${reason}`;
}
