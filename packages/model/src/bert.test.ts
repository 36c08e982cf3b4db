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

/** Texts as rows of token ids; after | comes the second text. */
interface Texts {
  readonly ids: readonly (readonly number[])[];
  readonly segments?: readonly (readonly number[])[];
  /** How many tokens of each row are no padding. Default: all. */
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

/** An executor with a tiny model's parameters, large enough that every part of it has a say. */
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

/** Traces what `build` makes of a tiny model's parameters and of texts of that shape. */
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

/** The loss and its gradients by all parameters. */
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
  it.each([1, 2, 6])("gives the first %d of the states that it would give, if no more are wanted", async (wanted) => {
    const config = tinyConfig();
    const { some, all } = await outputsOf(config, texts, (p, inputs) => ({
      some: bertEncoder(p, config, inputs, false, wanted),
      all: slice(bertEncoder(p, config, inputs, false), 0, 0, wanted),
    }));
    expect(some!.shape).toEqual([wanted, 2, 8]);
    for (const [i, value] of all!.data.entries()) expect(some!.data[i]).toBeCloseTo(value as number, 5);
  });
});

describe("bertForSequenceClassification()", () => {
  it("has the activation that the configuration names", async () => {
    const answers = new Set<string>();
    for (const act of ["gelu", "relu", "swish"] as const) {
      const logits = await logitsOf(texts, { config: tinyConfig(act) });
      expect(logits.every(Number.isFinite)).toBe(true);
      answers.add(logits.join());
    }
    expect(answers.size).toBe(3);
  });

  it.each([
    ["of zeros", [0, 0, 0, 0]],
    ["of any ids and segments", [3, 12, 7, 1]],
  ])("gives the same logits, bit for bit, with more padding, %s", async (_, filler) => {
    const widen = (rows: readonly (readonly number[])[], filler: number[]) =>
      rows.map((row, i) => [...row.slice(0, texts.lengths![i]), ...filler].slice(0, 9));
    const segments = filler.map((id) => id % 2);
    const wide = { ...texts, ids: widen(texts.ids, filler), segments: widen(texts.segments!, segments) };
    expect(wide.ids[0]).toHaveLength(9);
    expect(await logitsOf(wide)).toEqual(await logitsOf(texts));
  });

  it("gives a text the same logits whatever stands beside it", async () => {
    const alone = { ids: [texts.ids[1]!], segments: [texts.segments![1]!], lengths: [5] };
    expect(await logitsOf(alone)).toEqual((await logitsOf(texts)).slice(labels));
  });

  it.each<[string, Texts]>([
    ["segments", { ...texts, segments: texts.ids.map((row) => row.map(() => 0)) }],
    ["the order of tokens", { ...texts, ids: texts.ids.map(([cls, a, b, ...rest]) => [cls!, b!, a!, ...rest]) }],
    ["the mask", { ...texts, lengths: [5, 4] }],
  ])("heeds %s", async (_, changed) => {
    const [before, after] = [await logitsOf(texts), await logitsOf(changed)];
    for (const [i, logit] of after.entries()) expect(Math.abs(logit - before[i]!)).toBeGreaterThan(1e-4);
  });

  it("has dropout in training only, and the same as without where its rate is 0", async () => {
    const plain = await logitsOf(texts);
    const config = tinyConfig("gelu", 0.1);
    expect(await logitsOf(texts, { training: true })).toEqual(plain);
    expect(await logitsOf(texts, { config })).toEqual(plain);
    expect(await logitsOf(texts, { config, training: true })).not.toEqual(plain);
  });
});

describe("16-bit products", () => {
  it.each([
    ["bfloat16", 0.05],
    ["float16", 0.01],
  ] as const)("in %s give the same loss and finite gradients of the same direction", async (precision, tolerance) => {
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

describe("with frozen lower layers", () => {
  /** How many nodes it takes to get the loss, and how many more to get the gradients of what is not frozen. */
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

  it("goes back no further than the lowest layer that is trained", () => {
    const { backward } = countNodes(1, 0);
    expect(countNodes(4, 3).backward).toBe(backward);
    expect(countNodes(4, 3).forward).toBeGreaterThan(countNodes(1, 0).forward);
    const steps = [4, 3, 2, 1, 0].map((frozen) => countNodes(4, frozen).backward);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    // Without layers to train there are two linear maps left: pooler and classifier.
    expect(steps[0]).toBeLessThan(backward / 3);
  });
});

describe("the gradients of the whole model", () => {
  it.each<[HiddenAct, number]>([
    ["gelu", 0],
    ["relu", 0],
    ["swish", 0],
    ["gelu", 0.2],
  ])("are those of numeric differences in double precision: %s, dropout %d", async (act, dropout) => {
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

  it("reach every parameter, but not what only padding would see", async () => {
    const config = tinyConfig("gelu", 0.1);
    const gradients = await outputsOf(config, texts, lossAndGradients(config));
    const rows = (name: string) => {
      const { data, shape } = gradients[name]!;
      return Array.from({ length: shape[0]! }, (_, row) => data.slice(row * shape[1]!, (row + 1) * shape[1]!));
    };
    const moved = (row: ArrayLike<number>) => Array.from(row).some((slope) => slope !== 0);
    for (const { name } of parameterSpecs(config, labels)) {
      const largest = Math.max(...Array.from(gradients[name]!.data, Math.abs));
      // A key's bias adds the same to all scores of a query, which softmax takes away again.
      const reached = name.endsWith("key.bias") ? largest < 1e-7 : largest > 1e-4;
      expect([name, largest, reached]).toEqual([name, largest, true]);
    }
    // Word 0 is padding, and the others that are not here stand in no text; no text has seven tokens.
    const seen = new Set(texts.ids.flat());
    expect(rows("bert.embeddings.word_embeddings.weight").map(moved)).toEqual(
      Array.from({ length: 13 }, (_, id) => id !== 0 && seen.has(id)),
    );
    expect(rows("bert.embeddings.position_embeddings.weight").map(moved)).toEqual(
      Array.from({ length: 9 }, (_, position) => position < 6),
    );
  });
});
