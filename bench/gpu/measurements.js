// Measures speed, memory and accuracy in 16 bits, and compares with PyTorch on the same GPU.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SIZES } from "../training/cases.js";
import { missing } from "./checks.js";
import { attempt } from "./command.js";
import { bertie, run, step } from "./environment.js";
import { megabytes, milliseconds } from "./table.js";

const TINY = {
  layers: 2,
  "hidden-size": 64,
  heads: 2,
  "intermediate-size": 128,
  "batch-size": 8,
  "vocab-size": 500,
  "seq-length": 32,
};
const VOCABULARY = { "vocab-size": 21128, "seq-length": 128 };
const STEPS = { steps: 20, "warmup-steps": 5 };
const PRECISIONS = ["fp32", "bf16", "fp16"];
const fixture = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Returns the implementations to compare: Bertie on each engine and device, and PyTorch. `absent` is why one is missing. */
export function implementationsOf(targets, torch) {
  const ours = targets.map(({ engine, device, works, precisions = [] }) => ({
    label: `Bertie, ${engine} on ${device}`,
    ...(!works && { absent: "see Engines and devices" }),
    precisions,
    step: (options) => [...bertie, "bench", "step", ...options, "--engine", engine, "--device", device, "--json"],
    train: (options, precision, output) => [
      ...[...bertie, "train", "--task-name", "news", ...options, "--do-lower-case", "--do-train", "--do-eval"],
      ...[
        "--num-train-epochs",
        "1",
        "--engine",
        engine,
        "--device",
        device,
        "--precision",
        precision,
        "--output-dir",
        output,
      ],
    ],
    accuracyOf: (stdout) => Number(/eval_accuracy = ([\d.]+)/.exec(stdout)?.[1]),
  }));
  return [
    ...ours,
    {
      label: torch.missing ? "torch + transformers" : `torch ${torch.version} + transformers`,
      absent: torch.missing,
      precisions: PRECISIONS,
      step: (options) => [torch.python, step, "step", "--device", "gpu", ...options],
      train: (options, precision) => [torch.python, run, ...options, "--device", "gpu", "--precision", precision],
      accuracyOf: (stdout) => JSON.parse(stdout.trim().split("\n").at(-1)).accuracy,
    },
  ];
}

/** Returns rows of model, precision, implementation, time per step and memory. Skips sizes after one that was too slow. */
export async function measureSteps(implementations, { seconds, quick, log }) {
  const rows = [["model", "precision", "implementation", "median step", "fastest step", "GPU memory", "host memory"]];
  const [present, absent] = [
    implementations.filter(({ absent }) => !absent),
    implementations.filter(({ absent }) => absent),
  ];
  for (const { label, absent: reason } of absent) rows.push(["all", "all", label, missing(reason), "", "", ""]);
  const tooSlow = new Set();
  for (const [size, options] of Object.entries(sizesOf(quick)))
    for (const precision of PRECISIONS)
      for (const { label, precisions, step } of present) {
        log(`step: ${size}, ${precision}, ${label}`);
        const cell = [size, precision, label];
        if (!precisions.includes(precision))
          rows.push([...cell, missing(`the device does not support ${precision}`), "", "", ""]);
        else if (tooSlow.has(label)) rows.push([...cell, "skipped: a smaller model was too slow", "", "", ""]);
        else {
          const args = optionsOf({ ...options, ...STEPS, precision });
          const { stdout, fault, late, gpuMegabytes } = await attempt(step(args), { seconds });
          if (late) tooSlow.add(label);
          if (fault !== undefined) rows.push([...cell, late ? fault : `FAILED: ${fault}`, "", "", ""]);
          else {
            const result = JSON.parse(stdout.trim().split("\n").at(-1));
            const times = [result.median_ms, result.min_ms].map(milliseconds);
            rows.push([...cell, ...times, megabytes(gpuMegabytes), megabytes(result.peak_rss_mb)]);
          }
        }
      }
  return { rows, tooSlow };
}

/**
 * Returns rows of precision, implementation, accuracy, seconds and memory. A run trains one epoch on 2,000 reviews of at most
 * 64 tokens, and evaluates the model.
 */
export async function measureRuns(implementations, tooSlow, { seconds, log }) {
  const rows = [["precision", "implementation", "accuracy", "total seconds", "GPU memory"]];
  for (const { label, absent } of implementations) if (absent) rows.push(["all", label, missing(absent), "", ""]);
  const scratch = mkdtempSync(join(tmpdir(), "bench-gpu-"));
  const model = [
    "--data-dir",
    fixture("examples/data/reviews"),
    "--model",
    fixture("examples/models/bge-small-zh-v1.5"),
  ];
  const options = [...model, "--max-seq-length", "64", "--max-train-samples", "2000"];
  for (const precision of PRECISIONS)
    for (const { label, precisions, train, accuracyOf } of implementations.filter(({ absent }) => !absent)) {
      log(`run: ${precision}, ${label}`);
      if (!precisions.includes(precision))
        rows.push([precision, label, missing(`the device does not support ${precision}`), "", ""]);
      else if (tooSlow.has(label)) rows.push([precision, label, "skipped: a training step was too slow", "", ""]);
      else {
        const output = join(scratch, `${rows.length}`);
        const { stdout, fault, ...resources } = await attempt(train(options, precision, output), {
          seconds: 3 * seconds,
        });
        if (fault !== undefined) rows.push([precision, label, `FAILED: ${fault}`, "", ""]);
        else
          rows.push([
            precision,
            label,
            accuracyOf(stdout),
            resources.seconds.toFixed(1),
            megabytes(resources.gpuMegabytes),
          ]);
      }
    }
  rmSync(scratch, { recursive: true });
  return rows;
}

function sizesOf(quick) {
  if (quick) return { tiny: TINY };
  return Object.fromEntries(["small", "base"].map((name) => [name, { ...SIZES[name], ...VOCABULARY }]));
}

function optionsOf(options) {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
