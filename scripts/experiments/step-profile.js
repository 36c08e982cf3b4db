// Shows where the time of a training step and of a forward pass goes, as Markdown tables, in fp32:
//   node scripts/experiments/step-profile.js [--only small] [--what step] [--rounds 5] [--threads 2] [--engine onnx]
//
// On ONNX Runtime, its profiler measures each op. TensorFlow's addon has no profiler: the parts are differences to variants without
// them, or are measured alone. Both are compared with the speed of one large matmul. Sizes are those of bench/training/cases.js.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createOnnxExecutor, createTensorflowExecutor, matmul, slice, trace } from "@bertie/engine";
import { SIZES } from "../../bench/training/cases.js";
import { hasTensorflow } from "../../bench/training/tensorflow.js";
import { profileOnnx } from "./step-profile/onnx.js";
import { KINDS } from "./step-profile/op-kinds.js";
import { differencesOnTensorflow } from "./step-profile/tensorflow.js";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "small,base" },
    what: { type: "string", default: "step,inference" },
    engine: { type: "string", default: "onnx,tensorflow" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
  },
});
const engines = values.engine.split(",").filter((engine) => engine === "onnx" || hasTensorflow);
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];

/** Returns the best speed of a multiplication of two square matrices in GFLOP/s. */
async function peakOf(executor, size = 2048) {
  const data = Float32Array.from({ length: size * size }, (_, i) => ((i * 7919) % 2039) / 1019 - 1);
  for (const name of ["peak a", "peak b"]) await executor.write(name, { dtype: "float32", shape: [size, size], data });
  const program = trace(({ state }) => {
    const [a, b] = ["peak a", "peak b"].map((name) => state(name, "float32", [size, size]));
    return { outputs: { corner: slice(matmul(a, b), 0, 0, 1) } };
  });
  const compiled = await executor.compile(program);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    await compiled.run({});
    best = Math.min(best, performance.now() - start);
  }
  await executor.dispose();
  return (2 * size ** 3) / best / 1e6;
}

const percent = (ms, total) => `${((100 * ms) / total).toFixed(1)}%`;
const table = (head, rows) => {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
};

async function showOnnx(what, name, size, peak) {
  const { kinds, between, host, nodes, total } = await profileOnnx(what, size, threads);
  const outside = what === "step" ? "outside the graph: drawing of masks, Adam" : "outside the graph";
  const rows = [
    ...Object.entries(KINDS).flatMap(([kind, label]) => (kinds.has(kind) ? [{ label, ...kinds.get(kind) }] : [])),
    { label: "between ops", ms: between, operations: 0 },
    { label: outside, ms: host, operations: 0 },
  ];
  const sum = rows.reduce((sum, { ms }) => sum + ms, 0);
  console.log(
    `\n### ${what}, ${name}, ONNX Runtime: ${sum.toFixed(0)} ms (sum of the fastest runs of ${nodes} ops), fastest run ${total.toFixed(0)} ms\n`,
  );
  const cells = rows.map(({ label, ms, operations }) => {
    const speed = operations / ms / 1e6;
    const shown = operations > 1e9 ? [speed.toFixed(0), percent(speed, peak)] : ["", ""];
    return [label, ms.toFixed(1), percent(ms, sum), ...shown];
  });
  console.log(table(["", "ms", "share", "GFLOP/s", "of the peak"], cells));
}

async function showTensorflow(what, name, size) {
  const { total, parts } = await differencesOnTensorflow(what, size, threads, rounds);
  console.log(`\n### ${what}, ${name}, TensorFlow: ${total.toFixed(0)} ms\n`);
  const cells = [...parts].map(([label, ms]) => [label, ms.toFixed(1), percent(ms, total)]);
  console.log(table(["", "ms", "share"], cells));
}

console.log(`${cpus()[0].model}, ${threads} threads, load average ${loadavg()[0].toFixed(1)} at the start.`);
const peaks = {};
if (engines.includes("onnx")) peaks.onnx = await peakOf(await createOnnxExecutor({ device: "cpu", threads }));
if (engines.includes("tensorflow"))
  peaks.tensorflow = await peakOf(await createTensorflowExecutor({ device: "cpu", threads }));
for (const [engine, peak] of Object.entries(peaks))
  console.log(`One matmul of 2048 x 2048 matrices on ${engine}: ${peak.toFixed(0)} GFLOP/s.`);
for (const what of values.what.split(","))
  for (const name of values.only.split(",")) {
    const { layers, heads, ...rest } = SIZES[name];
    const size = {
      ...{ layers, heads, vocabSize: 21128, seqLength: 128, steps: rounds, warmupSteps: 2 },
      ...{
        hiddenSize: rest["hidden-size"],
        intermediateSize: rest["intermediate-size"],
        batchSize: rest["batch-size"],
      },
    };
    if (engines.includes("onnx")) await showOnnx(what, name, size, peaks.onnx);
    if (engines.includes("tensorflow")) await showTensorflow(what, name, size);
  }
