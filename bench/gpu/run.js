// See bench/gpu.sh, which builds first.
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { checkRules, checkTraces } from "./checks.js";
import { implementationsOf, measureRuns, measureSteps } from "./measures.js";
import { examine, findTorch } from "./parts.js";
import { table } from "./table.js";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, limit: { type: "string", default: "120" } },
});
const started = performance.now();
const log = (line) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const options = { seconds: Number(values.limit), quick: values.quick, log };

log("what is here");
const { versions, platform, gpus, places } = await examine(10 * options.seconds);
const torch = findTorch();
const traces = await checkTraces(places, options);
const rules = await checkRules(places, options);
const implementations = implementationsOf(places, torch);
const { rows: steps, slow } = await measureSteps(implementations, options);
const runs = values.quick ? undefined : await measureRuns(implementations, slow, options);

console.log(`# On a GPU

${new Date().toISOString().slice(0, 10)}; ${platform}, ${cpus()[0]?.model ?? "processor unknown"}, ${availableParallelism()} cores; ${Object.entries(
  versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(", ")}. GPUs: ${gpus.join("; ") || "none is listed by the system"}.
PyTorch: ${torch.missing ? `missing, as ${torch.missing}` : `${torch.version} on ${torch.gpu}`}.

## What is there

${table([["engine and device", "", "precisions", ""], ...places.map(({ engine, device, works, detail, precisions = [], version = "" }) => [`${engine} ${version} on ${device}`, works ? "works" : "missing", precisions.join(", "), detail])])}

## The reference implementation's traces: largest differences

${table(traces)}

## Rules

${table(rules)}

## Training steps

Forward, backward and update, dropout 0.1, no padding: small is 4 layers of 312, 32 × 128 tokens; base 12 layers of 768, 8 × 128;
tiny 2 layers of 64, 8 × 32. Memory is the most that was taken.

${table(steps)}

## Fine-tuning: 2,000 reviews, one epoch, evaluation

${runs === undefined ? "Left out, by --quick." : table(runs)}
`);
const faults = [...traces, ...rules, ...steps, ...(runs ?? [])].filter((row) =>
  row.some((cell) => `${cell}`.startsWith("FAILED")),
);
log(faults.length === 0 ? "done: nothing that is here failed" : `done: ${faults.length} of what is here failed`);
process.exitCode = faults.length === 0 ? 0 : 1;
