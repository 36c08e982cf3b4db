import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@bertie/model";
import { expect, it } from "vitest";
import { webgpuAvailable } from "../../packages/engine/src/testing/webgpu-available.ts";
import { distances, goldenRuns, readTrace } from "../golden-trace.ts";
import { bertieOk, ROOT, readLines, scratchDirectory, TINY, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const { trace: file, init, final } = goldenRuns.find(({ name }) => name === "full schedule")!;
const trace = readTrace(file);

function featuresFile(name: string, start: number, end: number): string {
  const rows = trace.input_ids.slice(start, end).map((input_ids, i) => {
    const row = start + i;
    const [input_mask, segment_ids] = [trace.input_mask[row], trace.segment_ids[row]];
    return `${JSON.stringify({ input_ids, input_mask, segment_ids, label_id: trace.labels[row] })}\n`;
  });
  return writeFile(join(scratch, name), rows.join(""));
}

const [evalStart, evalEnd] = trace.eval_rows;
const train = featuresFile("train.jsonl", 0, trace.optimizer_steps * trace.accumulation * trace.micro_batch);
const dev = featuresFile("dev.jsonl", evalStart, evalEnd);

const engines = [
  ["onnx", "cpu"],
  ["reference", "cpu"],
];
if (webgpuAvailable) engines.push(["onnx", "webgpu"]);

it.each(engines)("bertie train on %s, %s follows the reference implementation", async (engine, device) => {
  const outputDir = join(scratch, `${engine}-${device}`);
  const args = [
    ["train", "--engine", engine!, "--device", device!, "--output-dir", outputDir, "--num-labels", "3", "--no-shuffle"],
    ["--bert-config-file", TINY.config, "--init-checkpoint", join(ROOT, "tests/fixtures/training", init)],
    ["--do-train", "--train-features", train, "--do-eval", "--eval-features", dev, "--max-seq-length", "16"],
    ["--train-batch-size", `${trace.micro_batch * trace.accumulation}`, "--num-train-epochs", "1"],
    ["--gradient-accumulation-steps", `${trace.accumulation}`, "--learning-rate", `${trace.lr}`],
    ["--warmup-proportion", `${trace.warmup}`],
  ];
  await bertieOk(args.flat());

  const tensors = readSafetensors(readFileSync(join(outputDir, "model.safetensors")), "model.safetensors");
  const steps = readLines(join(outputDir, "metrics.jsonl")).map((line) => {
    const { loss, learning_rate: learningRate, grad_norm: gradNorm } = JSON.parse(line) as Record<string, number>;
    return { loss: loss!, learningRate: learningRate!, gradNorm: gradNorm! };
  });
  const reference = trace.traces["062"].eval;
  const distance = distances(trace, final, {
    steps,
    parameters: new Map([...tensors].map(([name, tensor]) => [name, tensor.toFloat32()])),
    logits: reference.logits.flat(), // the command does not output logits
  });
  expect(distance.loss).toBeLessThan(2e-5);
  expect(distance.learningRate).toBeLessThan(1e-9);
  expect(distance.weights).toBeLessThan(5e-5);
  expect(distance.keyBias).toBeLessThan(1e-4);
  const record = JSON.parse(readFileSync(join(outputDir, "run.json"), "utf8")) as Record<string, unknown>;
  expect(record).toMatchObject({ task_name: null, pairs: true }); // some rows have segment 1
  const results = JSON.parse(readFileSync(join(outputDir, "eval_results.json"), "utf8")) as Record<string, number>;
  expect(Math.abs(results.eval_loss! - reference.loss)).toBeLessThan(2e-5);
  expect(results.eval_accuracy).toBeCloseTo(reference.accuracy, 6);
  expect(results.global_step).toBe(trace.optimizer_steps);
});
