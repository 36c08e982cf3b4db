// Runs the checks and measurements of bench/gpu.sh, and prints the report. bench/gpu.sh builds the packages first.
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { checkRules, checkTraces } from "./checks.js";
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
const { versions, platform, gpus, places } = await runDoctor(10 * options.seconds);
const torch = findTorch();
const traces = await checkTraces(places, options);
const rules = await checkRules(places, options);
const implementations = implementationsOf(places, torch);
const { rows: steps, tooSlow } = await measureSteps(implementations, options);
const runs = values.quick ? undefined : await measureRuns(implementations, tooSlow, options);

console.log(`# On a GPU

${new Date().toISOString().slice(0, 10)}; ${platform}, ${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores; ${Object.entries(
  versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(", ")}. GPUs: ${gpus.join("; ") || "the system lists none"}.
PyTorch: ${torch.missing ? `missing: ${torch.missing}` : `${torch.version} on ${torch.gpu}`}.

## Engines and devices

${table([["engine and device", "state", "precisions", "details"], ...places.map(({ engine, device, works, detail, precisions = [], version = "" }) => [`${engine} ${version} on ${device}`, works ? "works" : "missing", precisions.join(", "), detail])])}

## Largest differences from the reference implementation's traces

${table(traces)}

## Rules of training

${table(rules)}

## Training steps

A step is forward pass, backward pass and update, with dropout 0.1 and without padding. The model small has 4 layers of size 312,
and batches of 32 × 128 tokens; base has 12 layers of size 768, and 8 × 128 tokens; tiny has 2 layers of size 64, and 8 × 32
tokens. Memory is the peak.

${table(steps)}

## Fine-tuning: 2,000 reviews, one epoch, evaluation

${runs === undefined ? "Skipped because of --quick." : table(runs)}
`);
const failures = [...traces, ...rules, ...steps, ...(runs ?? [])].filter((row) =>
  row.some((cell) => `${cell}`.startsWith("FAILED")),
);
log(failures.length === 0 ? "done: no failures" : `done: ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
