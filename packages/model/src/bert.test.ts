import { Random } from "@bertie/common";
import {
  createReferenceExecutor,
  crossEntropy,
  type Executor,
  grad,
  int32,
  mean,
  type Program,
  type ReferenceOptions,
  sizeOf,
  slice,
  type Tensor,
  type TensorData,
  type TraceOptions,
  trace,
} from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { type BertInputs, bertEncoder, bertForSequenceClassification } from "./bert.ts";
import { type BertConfig, bertConfigFromJson, type HiddenAct } from "./config.ts";
import type { Parameters } from "./modules.ts";
import { isBelowLayer, parameterSpecs } from "./parameters.ts";

const labels = 3;

function tinyConfig(hiddenAct: HiddenAct = "gelu", dropout = 0): BertConfig {
  const json = {
    vocab_size: 13,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 12,
    max_position_embeddings: 9,
    hidden_act: hiddenAct,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
  };
  return bertConfigFromJson(JSON.stringify(json), "config.json");
}

/** Texts as rows of token ids. */
interface Texts {
  readonly ids: readonly (readonly number[])[];
  readonly segments?: readonly (readonly number[])[];
  /** Number of tokens in each row, excluding padding. @default no padding */
  readonly lengths?: readonly number[];
}

function feedsOf({ ids, segments, lengths = ids.map(({ length }) => length) }: Texts) {
  const shape = [ids.length, ids[0]!.length];
  const matrix = (rows: readonly (readonly number[])[]) => int32(Int32Array.from(rows.flat()), shape);
  return {
    inputIds: matrix(ids),
    inputMask: matrix(ids.map((row, i) => row.map((_, at) => (at < lengths[i]! ? 1 : 0)))),
    segmentIds: matrix(segments ?? ids.map((row) => row.map(() => 0))),
    labelIds: int32(Int32Array.from(ids, (_, i) => i % labels)),
  };
}

/**
 * Returns an executor with the parameters of a tiny model, which are large enough that every layer affects the output.
 */
async function withParameters(config: BertConfig, options?: ReferenceOptions): Promise<Executor> {
  const executor = createReferenceExecutor(options);
  const random = new Random(5, "bert");
  for (const { name, shape, init } of parameterSpecs(config, labels)) {
    const draw = () => 0.4 * random.nextNormal() + (init === "ones" ? 1 : 0);
    const data = Float64Array.from({ length: sizeOf(shape) }, draw);
    await executor.write(name, { dtype: "float32", shape, data });
  }
  return executor;
}

type Build = (p: Parameters, inputs: BertInputs, labelIds: Tensor) => Record<string, Tensor>;

/** Traces the outputs that `build` returns for a tiny model and texts of the given shape. */
function traceModel(config: BertConfig, texts: Texts, build: Build, options?: TraceOptions): Program {
  const shapes = new Map(parameterSpecs(config, labels).map(({ name, shape }) => [name, shape]));
  return trace(({ feed, state }) => {
    const inputs = Object.entries(feedsOf(texts)).map(([name, { dtype, shape }]) => feed(name, dtype, shape));
    const [inputIds, inputMask, segmentIds, labelIds] = inputs as [Tensor, Tensor, Tensor, Tensor];
    const p = (name: string) => state(name, "float32", shapes.get(name)!);
    return { outputs: build(p, { inputIds, inputMask, segmentIds }, labelIds) };
  }, options);
}

function compile(executor: Executor, config: BertConfig, texts: Texts, build: Build, options?: TraceOptions) {
  return executor.compile(traceModel(config, texts, build, options));
}

async function outputsOf(config: BertConfig, texts: Texts, build: Build): Promise<Record<string, TensorData>> {
  const compiled = await compile(await withParameters(config), config, texts, build);
  return compiled.run(feedsOf(texts), { dropoutSeed: [1, 0] });
}

async function logitsOf(texts: Texts, { config = tinyConfig(), training = false } = {}): Promise<number[]> {
  const build: Build = (p, inputs) => ({ logits: bertForSequenceClassification(p, config, inputs, training) });
  return Array.from((await outputsOf(config, texts, build)).logits!.data);
}

/** Builds the loss and its gradients with respect to all parameters. */
function lossAndGradients(config: BertConfig): Build {
  const names = parameterSpecs(config, labels).map(({ name }) => name);
  return (p, inputs, labelIds) => {
    const loss = mean(crossEntropy(bertForSequenceClassification(p, config, inputs, true), labelIds));
    const gradients = grad(loss, names.map(p));
    return { loss, ...Object.fromEntries(gradients.map((gradient, i) => [names[i]!, gradient])) };
  };
}

const texts: Texts = {
  ids: [
    [2, 5, 7, 3, 9, 3],
    [2, 11, 3, 6, 3, 0],
  ],
  segments: [
    [0, 0, 0, 0, 1, 1],
    [0, 0, 0, 1, 1, 0],
  ],
  lengths: [6, 5],
};

describe("bertEncoder()", () => {
  it.each([1, 2, 6])("returns the same states for the first %d tokens as for all tokens", async (count) => {
    const config = tinyConfig();
    const { some, all } = await outputsOf(config, texts, (p, inputs) => ({
      some: bertEncoder(p, config, inputs, false, count),
      all: slice(bertEncoder(p, config, inputs, false), 0, 0, count),
    }));
    expect(some!.shape).toEqual([count, 2, 8]);
    for (const [i, value] of all!.data.entries()) expect(some!.data[i]).toBeCloseTo(value as number, 5);
  });
});

describe("bertForSequenceClassification()", () => {
  it("uses the activation of the configuration", async () => {
    const outputs = new Set<string>();
    for (const act of ["gelu", "relu", "swish"] as const) {
      const logits = await logitsOf(texts, { config: tinyConfig(act) });
      expect(logits.every(Number.isFinite)).toBe(true);
      outputs.add(logits.join());
    }
    expect(outputs.size).toBe(3);
  });

  it.each([
    ["of zeros", [0, 0, 0, 0]],
    ["of arbitrary ids and segments", [3, 12, 7, 1]],
  ])("returns the same logits bit for bit with additional padding %s", async (_, filler) => {
    const widen = (rows: readonly (readonly number[])[], filler: number[]) =>
      rows.map((row, i) => [...row.slice(0, texts.lengths![i]), ...filler].slice(0, 9));
    const segments = filler.map((id) => id % 2);
    const wide = { ...texts, ids: widen(texts.ids, filler), segments: widen(texts.segments!, segments) };
    expect(wide.ids[0]).toHaveLength(9);
    expect(await logitsOf(wide)).toEqual(await logitsOf(texts));
  });

  it("returns the same logits for a text regardless of the other texts in the batch", async () => {
    const single = { ids: [texts.ids[1]!], segments: [texts.segments![1]!], lengths: [5] };
    expect(await logitsOf(single)).toEqual((await logitsOf(texts)).slice(labels));
  });

  it.each<[string, Texts]>([
    ["segments", { ...texts, segments: texts.ids.map((row) => row.map(() => 0)) }],
    ["the order of tokens", { ...texts, ids: texts.ids.map(([cls, a, b, ...rest]) => [cls!, b!, a!, ...rest]) }],
    ["the mask", { ...texts, lengths: [5, 4] }],
  ])("depends on %s", async (_, changed) => {
    const [before, after] = [await logitsOf(texts), await logitsOf(changed)];
    for (const [i, logit] of after.entries()) expect(Math.abs(logit - before[i]!)).toBeGreaterThan(1e-4);
  });

  it("applies dropout in training only, and not at a rate of 0", async () => {
    const plain = await logitsOf(texts);
    const config = tinyConfig("gelu", 0.1);
    expect(await logitsOf(texts, { training: true })).toEqual(plain);
    expect(await logitsOf(texts, { config })).toEqual(plain);
    expect(await logitsOf(texts, { config, training: true })).not.toEqual(plain);
  });
});

describe("16-bit matrix multiplications", () => {
  it.each([
    ["bfloat16", 0.05],
    ["float16", 0.01],
  ] as const)("in %s produce nearly the same loss and gradient directions", async (precision, tolerance) => {
    const config = tinyConfig("gelu", 0.1);
    const run = async (options: TraceOptions) => {
      const executor = await withParameters(config);
      const compiled = await compile(executor, config, texts, lossAndGradients(config), options);
      return compiled.run(feedsOf(texts), { dropoutSeed: [3, 8] });
    };
    const [single, half] = [await run({}), await run({ precision })];
    expect(Math.abs(half.loss!.data[0]! - single.loss!.data[0]!)).toBeLessThan(tolerance);
    expect(half.loss).not.toEqual(single.loss);
    for (const { name } of parameterSpecs(config, labels)) {
      const [a, b] = [single[name]!, half[name]!];
      expect([name, b.dtype, b.data.every(Number.isFinite)]).toEqual([name, "float32", true]);
      // The true gradient of a key's bias is 0.
      if (name.endsWith("key.bias")) continue;
      expect([name, cosine(a.data, b.data) > 1 - tolerance]).toEqual([name, true]);
    }
  });
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x, (v, i) => v * y[i]!).reduce((s, v) => s + v);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe("frozen lower layers", () => {
  /** Counts the nodes of the loss, and the additional nodes of the gradients of parameters that are not frozen. */
  function countNodes(layers: number, frozen: number): { readonly forward: number; readonly backward: number } {
    const config = { ...tinyConfig("gelu", 0.1), numHiddenLayers: layers };
    const specs = parameterSpecs(config, labels);
    const trained = specs.map(({ name }) => name).filter((name) => !isBelowLayer(name, frozen));
    const count = (names: readonly string[]) => {
      const build: Build = (p, inputs, labelIds) => {
        const loss = mean(crossEntropy(bertForSequenceClassification(p, config, inputs, true), labelIds));
        const gradients = grad(loss, names.map(p));
        return { loss, ...Object.fromEntries(gradients.map((gradient, i) => [names[i]!, gradient])) };
      };
      return traceModel(config, texts, build).nodes.length;
    };
    const forward = count([]);
    return { forward, backward: count(trained) - forward };
  }

  it("end the backward pass at the lowest trained layer", () => {
    const { backward } = countNodes(1, 0);
    expect(countNodes(4, 3).backward).toBe(backward);
    expect(countNodes(4, 3).forward).toBeGreaterThan(countNodes(1, 0).forward);
    const steps = [4, 3, 2, 1, 0].map((frozen) => countNodes(4, frozen).backward);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    // With all layers frozen, only two linear layers are left: pooler and classifier.
    expect(steps[0]).toBeLessThan(backward / 3);
  });
});

describe("the gradients of the whole model", () => {
  it.each<[HiddenAct, number]>([
    ["gelu", 0],
    ["relu", 0],
    ["swish", 0],
    ["gelu", 0.2],
  ])("match numeric differences in double precision: %s, dropout %d", async (act, dropout) => {
    const config = tinyConfig(act, dropout);
    const executor = await withParameters(config, { precision: "float64" });
    const compiled = await compile(executor, config, texts, lossAndGradients(config));
    const losses = await compile(executor, config, texts, (p, inputs, labelIds) => ({
      loss: mean(crossEntropy(bertForSequenceClassification(p, config, inputs, true), labelIds)),
    }));
    const dropoutSeed = [3, 8] as const;
    const slopes = await compiled.run(feedsOf(texts), { dropoutSeed });
    const random = new Random(2, "entries");
    const step = 1e-5;
    for (const { name, shape } of parameterSpecs(config, labels)) {
      const { data } = await executor.read(name);
      const lossWith = async (index: number, value: number) => {
        await executor.write(name, { dtype: "float32", shape, data: Float64Array.from(data).with(index, value) });
        return (await losses.run(feedsOf(texts), { dropoutSeed })).loss!.data[0]!;
      };
      for (let draw = 0; draw < 3; draw++) {
        const index = random.nextInt(data.length);
        const x = data[index]!;
        const numeric = ((await lossWith(index, x + step)) - (await lossWith(index, x - step))) / (2 * step);
        await lossWith(index, x);
        expect([name, index, Math.abs(slopes[name]!.data[index]! - numeric) < 1e-8]).toEqual([name, index, true]);
      }
    }
  });

  it("reach every parameter except embeddings of padding and of unused tokens", async () => {
    const config = tinyConfig("gelu", 0.1);
    const gradients = await outputsOf(config, texts, lossAndGradients(config));
    const rows = (name: string) => {
      const { data, shape } = gradients[name]!;
      return Array.from({ length: shape[0]! }, (_, row) => data.slice(row * shape[1]!, (row + 1) * shape[1]!));
    };
    const hasGradient = (row: ArrayLike<number>) => Array.from(row).some((slope) => slope !== 0);
    for (const { name } of parameterSpecs(config, labels)) {
      const largest = Math.max(...Array.from(gradients[name]!.data, Math.abs));
      // A key's bias adds the same constant to all scores of a query, so softmax cancels it.
      const reached = name.endsWith("key.bias") ? largest < 1e-7 : largest > 1e-4;
      expect([name, largest, reached]).toEqual([name, largest, true]);
    }
    // Token 0 is padding, some tokens occur in no text, and no text has more than six tokens.
    const seen = new Set(texts.ids.flat());
    expect(rows("bert.embeddings.word_embeddings.weight").map(hasGradient)).toEqual(
      Array.from({ length: 13 }, (_, id) => id !== 0 && seen.has(id)),
    );
    expect(rows("bert.embeddings.position_embeddings.weight").map(hasGradient)).toEqual(
      Array.from({ length: 9 }, (_, position) => position < 6),
    );
  });
});
