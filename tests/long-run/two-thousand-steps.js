// Runs 2,000 training steps of a tiny BERT with four padded lengths. After every 500 steps it records the memory in MB, after
// a garbage collection, and the mean time per step in milliseconds. Prints both as JSON.
//
//   node --expose-gc tests/long-run/two-thousand-steps.js onnx|tensorflow
import { Random } from "@bertie/common";
import { createOnnxExecutor, createTensorflowExecutor } from "@bertie/engine";
import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { createStepper, writeParameters } from "@bertie/optim";

const create = { onnx: createOnnxExecutor, tensorflow: createTensorflowExecutor }[process.argv[2]];
const [size, lengths, vocabulary, quarter] = [32, [8, 16, 24, 32], 500, 500];
const config = bertConfigFromJson(
  JSON.stringify({
    vocab_size: vocabulary,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 64,
  }),
  "config.json",
);
const specs = parameterSpecs(config, 2);
const classifier = {
  parameters: specs,
  logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
};
const random = new Random(1, "batches");
const batchOf = (length) => ({
  size,
  length,
  inputIds: Int32Array.from({ length: size * length }, () => random.nextInt(vocabulary)),
  inputMask: new Int32Array(size * length).fill(1),
  segmentIds: new Int32Array(size * length),
  labelIds: Int32Array.from({ length: size }, () => random.nextInt(2)),
});

const executor = await create({ threads: 2 });
await writeParameters(executor, classifier, initializeParameters(specs, 0.02, new Random(1, "initialize")));
const shapes = lengths.map((length) => ({ size, length }));
const stepper = await createStepper(executor, classifier, { seed: 1, shapes });
const [megabytes, milliseconds] = [[], []];
for (let seen = 0; seen < 4 * quarter; ) {
  const start = performance.now();
  for (let i = 0; i < quarter; i++, seen++)
    await stepper.step({ batches: [batchOf(lengths[seen % 4])], learningRate: 1e-4, lossScale: 1, seen });
  milliseconds.push((performance.now() - start) / quarter);
  globalThis.gc();
  megabytes.push(process.memoryUsage.rss() / 1e6);
}
await stepper.dispose();
await executor.dispose();
const rounded = (numbers) => numbers.map((number) => Math.round(number * 100) / 100);
console.log(JSON.stringify({ megabytes: rounded(megabytes), milliseconds: rounded(milliseconds) }));
