// Is it right? The reference implementation's traces, fp16's rule, and what crosses to the device.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attempt } from "./command.js";
import { bertie, chromium, chromiumSuite, deno, golden, vitest } from "./parts.js";
import { small } from "./table.js";

const fixture = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Rows of runtime, place, differences and what else is known; of what is missing, why. */
export async function checkTraces(places, { seconds, log }) {
  const rows = [["runtime", "engine and device", "losses", "logits", "weights", "accuracy of a tiny BERT"]];
  const runtimes = [
    { name: "Node", command: [process.execPath], has: () => true },
    { name: "Deno", command: deno && [deno, "run", "-A"], has: ({ device }) => device === "webgpu" },
  ];
  for (const { engine, device, works } of places)
    for (const { name, command, has } of runtimes) {
      if (!has({ device })) continue;
      const place = [name, `${engine} on ${device}`];
      log(`traces: ${place.join(", ")}`);
      if (command === undefined || !works)
        rows.push([...place, missing(command ? "see what is there" : "it is not installed"), "", "", ""]);
      else {
        const { stdout, fault } = await attempt([...command, golden, engine, device], { seconds });
        if (fault !== undefined) rows.push([...place, `FAILED: ${fault}`, "", "", ""]);
        else {
          const { losses, logits, weights } = JSON.parse(stdout.trim().split("\n").at(-1));
          rows.push([...place, small(losses), small(logits), small(weights), "as on the CPU"]);
        }
      }
    }
  const hasGpu = places.some(({ device, works }) => device === "webgpu" && works) && !process.env.VK_ICD_FILENAMES;
  rows.push(await inChromium({ hasGpu, seconds: 4 * seconds, log }));
  return rows;
}

/** Without a GPU, Chromium simulates one. */
async function inChromium({ hasGpu, seconds, log }) {
  const place = ["Chromium", `onnx-web on webgpu${hasGpu ? "" : ", simulated"}`];
  log(`traces: ${place.join(", ")}`);
  if (chromium === undefined) return [...place, missing("it is not installed (CHROMIUM=… names it)"), "", "", ""];
  const { stdout, fault } = await attempt([process.execPath, chromiumSuite, chromium], {
    seconds,
    env: hasGpu ? { BERTIE_WEBGPU: "1" } : {},
  });
  const lines = stdout.split("\n").filter((line) => /on onnx-web on webgpu/.test(line));
  const failed = lines.find((line) => !line.startsWith("ok "));
  if (lines.length === 0 || failed) return [...place, `FAILED: ${failed ?? fault}`, "", "", ""];
  return [...place, "below 2e-5", "below 2e-5", "below 1e-4", "as on the CPU"];
}

/** Rows of check, place, and whether it holds. */
export async function checkRules(places, { seconds, log }) {
  const rows = [["check", "engine and device", "holds"]];
  const scratch = mkdtempSync(join(tmpdir(), "bench-gpu-"));
  for (const [i, place] of places.entries()) {
    const name = `${place.engine} on ${place.device}`;
    log(`rules: ${name}`);
    if (!place.works) {
      rows.push(["all", name, missing("see what is there")]);
      continue;
    }
    const run = (...args) =>
      attempt([...bertie, "train", ...tinyRun(place), ...args, "--output-dir", join(scratch, `${i}${args.join("")}`)], {
        seconds,
      });
    if (place.precisions.includes("fp16")) {
      const { stderr, fault } = await run("--fp16", "--loss-scale", `${2 ** 24}`, "--num-train-epochs", "6");
      const skipped = [...stderr.matchAll(/step skipped, loss scale now (\d+)/g)].map(([, scale]) => Number(scale));
      const halved = skipped.length > 0 && skipped.every((scale, i) => scale === 2 ** (23 - i));
      rows.push([
        "fp16: an overflow halves the scale, skips, goes on",
        name,
        fault ? `FAILED: ${fault}` : halved ? `yes, ${skipped.length} times` : "FAILED: no step was skipped",
      ]);
    } else rows.push(["fp16: an overflow halves the scale, skips, goes on", name, missing("the device has no fp16")]);
    const { fault } = await run("--optimize-on-cpu", "--max-steps", "2");
    rows.push(["--optimize-on-cpu trains", name, fault ? `FAILED: ${fault}` : "yes"]);
    if (place.placement) rows.push(["nodes of a training step by provider", name, JSON.stringify(place.placement)]);
    if (place.device === "webgpu") rows.push(await bytesThatCross(name, seconds));
  }
  rmSync(scratch, { recursive: true });
  return rows;
}

async function bytesThatCross(name, seconds) {
  const what = ["bytes that cross in a step do not grow with the model", name];
  const env = { BERTIE_WEBGPU: process.env.BERTIE_WEBGPU ?? "1" };
  const { stdout, fault } = await attempt(
    [process.execPath, vitest, "run", "tests/webgpu.test.ts", "-t", "as many bytes"],
    { seconds, env },
  );
  return [...what, fault ? `FAILED: ${fault}` : /1 passed/.test(stdout) ? "yes" : "FAILED: no test ran"];
}

/** The tiny model of the tests, on reviews. */
function tinyRun({ engine, device }) {
  const model = ["--bert-config-file", fixture("packages/model/fixtures/tiny-bert/bert_config.json")];
  const words = ["--vocab-file", fixture("tests/cli/fixtures/vocab.txt"), "--do-lower-case", "--max-seq-length", "16"];
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
  return ["--do-train", ...model, ...words, ...data, "--engine", engine, "--device", device];
}

export function missing(why) {
  return `missing: ${why}`;
}
