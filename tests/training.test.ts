import { Random } from "@bertie/common";
import { batches, countBatches, epochOrder, type InputFeatures, type Padding } from "@bertie/data";
import { createOnnxExecutor, createReferenceExecutor, type Executor } from "@bertie/engine";
import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import {
  type Classifier,
  evaluate,
  readParameters,
  type TrainEvent,
  type TrainOptions,
  train,
  writeParameters,
} from "@bertie/optim";
import { describe, expect, it } from "vitest";
import { largestDifference } from "./golden-trace.ts";

const vocabSize = 12;
const positive = 7;

/** Creates texts of 3 to 8 words, which are positive if they contain a certain word. */
function makeFeatures(count: number): InputFeatures[] {
  const random = new Random(11, "texts");
  return Array.from({ length: count }, (_, i) => {
    const length = 3 + random.nextInt(6);
    const words = Array.from({ length }, () => 1 + random.nextInt(positive - 1));
    const labelId = i % 2;
    if (labelId === 1) words[1 + random.nextInt(length - 1)] = positive;
    return {
      inputIds: Int32Array.from(words),
      inputMask: new Int32Array(length).fill(1),
      segmentIds: new Int32Array(length),
      labelId,
    };
  });
}

const features = makeFeatures(18);
/** Pads every batch to the length of the longest text, so that few programs are compiled. */
const oneLength = { padding: { padTo: 8 } };

function tinyBert(dropout: number) {
  const json = {
    vocab_size: vocabSize,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 16,
    max_position_embeddings: 16,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
    initializer_range: 0.3,
  };
  const config = bertConfigFromJson(JSON.stringify(json), "config.json");
  const specs = parameterSpecs(config, 2);
  const classifier: Classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
  return { classifier, start: initializeParameters(specs, config.initializerRange, new Random(1, "init")) };
}

interface Setting extends Partial<TrainOptions> {
  readonly executor?: Executor;
  readonly dropout?: number;
  readonly batchSize?: number;
  readonly padding?: Padding;
}

/** Trains a tiny BERT, and returns the losses, the final weights, and an evaluation on the training data. */
async function trainBert({
  executor = createReferenceExecutor(),
  dropout = 0,
  batchSize = 4,
  padding = { padTo: "longest" },
  ...options
}: Setting) {
  const { classifier, start } = tinyBert(dropout);
  await writeParameters(executor, classifier, start);
  const order = new Random(3, "order");
  const data = {
    batchesPerEpoch: countBatches(features.length, batchSize),
    epoch: () => batches(features, { batchSize, order: epochOrder(features.length, order), ...padding }),
  };
  const all = { epochs: 2, learningRate: 0.01, warmup: 0.1, seed: 42, ...options };
  const events: TrainEvent[] = [];
  for await (const event of train(executor, classifier, data, all)) events.push(event);
  const weights = await readParameters(executor, classifier);
  const evaluation = evaluate(executor, classifier, batches(features, { batchSize: 5, ...padding }));
  let next = await evaluation.next();
  while (!next.done) next = await evaluation.next();
  await executor.dispose();
  return { losses: events.flatMap((e) => (e.type === "step" ? [e.loss] : [])), weights, evaluation: next.value };
}

type Weights = ReadonlyMap<string, Float32Array>;

/** Returns the largest difference of weights, without key.bias: its true gradient is 0, so rounding determines its updates. */
function distance(a: Weights, b: Weights): number {
  const names = [...a.keys()].filter((name) => !name.endsWith("key.bias"));
  return Math.max(...names.map((name) => largestDifference(a.get(name)!, b.get(name)!)));
}

/** Expects weights to be equal bit for bit, except for the sign of zeros. */
function expectEqual(a: Weights, b: Weights): void {
  for (const [name, values] of a) expect([name, largestDifference(values, b.get(name)!)]).toEqual([name, 0]);
}

const executors: Readonly<Record<string, () => Executor | Promise<Executor>>> = {
  reference: () => createReferenceExecutor(),
  onnx: () => createOnnxExecutor({ threads: 1 }),
};

describe.each(Object.entries(executors))("training a tiny BERT on %s", (_, create) => {
  it("learns a separable task", async () => {
    const { losses, evaluation } = await trainBert({
      executor: await create(),
      ...oneLength,
      epochs: 20,
    });
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(evaluation).toMatchObject({ examples: 18, accuracy: 1 });
    expect(evaluation.loss).toBeLessThan(0.2);
  });

  it("produces the same weights bit for bit for the same seed, and others for another seed", async () => {
    const weightsOf = async (seed: number) =>
      (await trainBert({ executor: await create(), seed, dropout: 0.1, ...oneLength })).weights;
    const first = await weightsOf(1);
    expectEqual(await weightsOf(1), first);
    expect(distance(await weightsOf(2), first)).toBeGreaterThan(1e-3);
  });

  it("produces the same weights and losses for any padded length", async () => {
    const short = await trainBert({ executor: await create() });
    const long = await trainBert({ executor: await create(), padding: { padTo: 16 } });
    expect(largestDifference(long.losses, short.losses)).toBeLessThan(1e-5);
    expect(distance(long.weights, short.weights)).toBeLessThan(1e-5);
    expect(long.evaluation.loss).toBeCloseTo(short.evaluation.loss, 5);
  });

  it("produces the same weights if a batch is split into micro-batches", async () => {
    const whole = await trainBert({ executor: await create(), batchSize: 8 });
    const parts = await trainBert({ executor: await create(), batchSize: 4, accumulation: 2 });
    expect(parts.losses).toHaveLength(6); // 8, 8 and 2 rows, twice
    expect(largestDifference(parts.losses, whole.losses)).toBeLessThan(1e-5);
    expect(distance(parts.weights, whole.weights)).toBeLessThan(1e-5);
  });
});

describe("training a tiny BERT", () => {
  it("on onnx equals the reference executor, including dropout", async () => {
    const [reference, onnx] = [
      await trainBert({ dropout: 0.2 }),
      await trainBert({ dropout: 0.2, executor: await createOnnxExecutor({ threads: 1 }) }),
    ];
    expect(largestDifference(onnx.losses, reference.losses)).toBeLessThan(1e-5);
    expect(distance(onnx.weights, reference.weights)).toBeLessThan(1e-4);
  });

  it("produces the same weights bit for bit with the optimizer on another executor", async () => {
    for (const accumulation of [1, 2]) {
      const settings = { dropout: 0.1, accumulation };
      const same = await trainBert(settings);
      const separate = await trainBert({ ...settings, optimizerExecutor: createReferenceExecutor() });
      expectEqual(separate.weights, same.weights);
      expect(separate.losses).toEqual(same.losses);
    }
  });

  it("produces the same weights to 1e-7 in double precision for any padded length", async () => {
    const settings = () => ({ executor: createReferenceExecutor({ precision: "float64" }) });
    const short = await trainBert(settings());
    const long = await trainBert({ ...settings(), padding: { padTo: 16 } });
    expect(distance(long.weights, short.weights)).toBeLessThan(1e-7);
  });

  it.each([
    ["float16", "reference", async () => createReferenceExecutor()],
    ["float16", "onnx", () => createOnnxExecutor()],
    ["bfloat16", "reference", async () => createReferenceExecutor()],
  ] as const)("in %s follows float32, with float32 master weights, on %s", async (precision, _, create) => {
    const single = await trainBert({ epochs: 4 });
    const lossScale = precision === "float16" && { lossScale: 128 };
    const half = await trainBert({ epochs: 4, precision, ...lossScale, executor: await create() });
    expect(half.losses).not.toEqual(single.losses);
    expect(largestDifference(half.losses, single.losses)).toBeLessThan(0.05);
    expect(Math.abs(half.evaluation.loss - single.evaluation.loss)).toBeLessThan(0.05);
    // The logits do not depend on the key bias, which stays 0.
    const others = [...half.weights].filter(([name]) => !name.endsWith("key.bias"));
    for (const [name, values] of others) {
      const halves = new Uint32Array(values.slice().buffer).filter((bits) => (bits & 0x1fff) === 0);
      expect([name, halves.length <= 1 + values.length / 4]).toEqual([name, true]);
    }
  });
});
