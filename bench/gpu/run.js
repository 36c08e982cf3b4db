// Runs the checks and measurements of bench/gpu.sh, and prints the report. bench/gpu.sh builds the packages first.
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { checkTraces, checkTraining } from "./checks.js";
import { findTorch, runDoctor } from "./environment.js";
import { implementationsOf, measureRuns, measureSteps } from "./measurements.js";
import { table } from "./table.js";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, limit: { type: "string", default: "120" } },
});
const started = performance.now();
const log = (line) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const options = { seconds: Number(values.limit), quick: values.quick, log };

log("engines and devices");
const { versions, platform, gpus, targets } = await runDoctor(10 * options.seconds);
const torch = findTorch();
const traces = await checkTraces(targets, options);
const training = await checkTraining(targets, options);
const implementations = implementationsOf(targets, torch);
const { rows: steps, tooSlow } = await measureSteps(implementations, options);
const runs = values.quick ? undefined : await measureRuns(implementations, tooSlow, options);

console.log(`# GPU report

${new Date().toISOString().slice(0, 10)}; ${platform}, ${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores; ${Object.entries(
  versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(", ")}. GPUs: ${gpus.join("; ") || "none found"}.
PyTorch: ${torch.missing ? `missing: ${torch.missing}` : `${torch.version} on ${torch.gpu}`}.

## Engines and devices

${table([["engine and device", "state", "precisions", "details"], ...targets.map(({ engine, device, works, detail, precisions = [], version = "" }) => [`${engine} ${version} on ${device}`, works ? "works" : "missing", precisions.join(", "), detail])])}

## Largest differences from the reference implementation's traces

${table(traces)}

## Training checks

${table(training)}

## Training steps

A step consists of the forward pass, the backward pass and the update, with dropout 0.1 and without padding. The small model has
4 layers, hidden size 312 and batches of 32 × 128 tokens; base has 12 layers, hidden size 768 and batches of 8 × 128 tokens; tiny
has 2 layers, hidden size 64 and batches of 8 × 32 tokens. Memory is the peak usage.

${table(steps)}

## Fine-tuning: 2,000 reviews, one epoch, evaluation

${runs === undefined ? "Skipped because of --quick." : table(runs)}
`);
const failures = [...traces, ...training, ...steps, ...(runs ?? [])].filter((row) =>
  row.some((cell) => `${cell}`.startsWith("FAILED")),
);
log(failures.length === 0 ? "done: no failures" : `done: ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
