import { type InputFeatures, makeBatch } from "@bertie/data";
import { cast, concat, div, mul, reshape, sum, transpose } from "@bertie/engine";
import { bertEncoder } from "@bertie/model";
import { type Classifier, type Inference, prepareInference } from "@bertie/optim";
import { groupByLength } from "../batch-shapes.ts";
import type { RunEvent } from "../run/events.ts";
import type { PreparedRun } from "../run/prepared-run.ts";

/**
 * Number of rows above which matrix multiplications are computed in 8 bits, which takes less than half of the time, and
 * hardly changes a head that is fitted to many rows.
 */
const EXACT_ROWS = 512;

/** Properties of a run that are required to compute features. */
export type Encoder = Pick<PreparedRun, "executor" | "model" | "specs" | "options" | "precision" | "parameters">;

/** Numbers that describe texts, `[rows, columns]`, row-major. */
export interface Features {
  readonly values: Float32Array;
  readonly columns: number;
}

/** Features of texts from an encoder as it is, both of the hidden size. */
export interface EncoderFeatures {
  /** State of [CLS] after the last layer, which a classifier reads. */
  readonly first: Features;
  /**
   * Mean of the states of all tokens before the last layer. A classifier cannot read it, but it separates the labels of
   * many models better, so that wrong labels are found more reliably.
   */
  readonly mean: Features;
  /** Whether matrix multiplications were computed in 8 bits. */
  readonly quantized: boolean;
}

/** Options of {@link encodeRows}. */
export interface EncodeOptions {
  /** Name of the set, for events. */
  readonly set: string;
  readonly signal: AbortSignal | undefined;
}

/** Computes the features of training rows with the run's initial parameters. Yields the progress. */
export async function* encodeRows(
  run: Encoder,
  rows: readonly InputFeatures[],
  { set, signal }: EncodeOptions,
): AsyncGenerator<RunEvent, EncoderFeatures> {
  yield { type: "features", set, done: 0, examples: rows.length };
  const columns = run.model.config.hiddenSize;
  const isFloat32 = run.precision.type === "float32";
  const quantized = rows.length > EXACT_ROWS && isFloat32 && run.executor.compileFrozen !== undefined;
  const inference = await prepareEncoder(run, quantized);
  try {
    const [first, mean] = [0, 1].map(() => new Float32Array(rows.length * columns)) as [Float32Array, Float32Array];
    const lengths = rows.map(({ inputIds }) => inputIds.length);
    let done = 0;
    for (const group of groupByLength(lengths, {
      ...run.options,
      batchSize: undefined,
      anyShape: inference.isFrozen,
    })) {
      signal?.throwIfAborted();
      const states = await inference.logits(makeBatch(rows, group.rows, { padTo: group.length }));
      for (const [i, row] of group.rows.entries()) {
        first.set(states.subarray(2 * i * columns, (2 * i + 1) * columns), row * columns);
        mean.set(states.subarray((2 * i + 1) * columns, (2 * i + 2) * columns), row * columns);
      }
      done += group.rows.length;
      yield { type: "features", set, done, examples: rows.length };
    }
    return {
      first: { values: first, columns },
      mean: { values: mean, columns },
      quantized: quantized && inference.isFrozen,
    };
  } finally {
    await inference.dispose();
  }
}

/** Prepares the encoder as a classifier whose logits are both features of a text, `[size, 2 · hidden]`. */
function prepareEncoder(run: Encoder, quantized: boolean): Promise<Inference> {
  const { executor, model, specs, options, precision, parameters } = run;
  const { config } = model;
  const encoder: Classifier = {
    parameters: specs.filter(({ name }) => !isHead(name)),
    logits(p, batch) {
      const [size, length] = batch.inputIds.shape as [number, number];
      const first = reshape(bertEncoder(p, config, batch, false, 1), [size, config.hiddenSize]);
      // The layers below the last one are the same ops as above, and are computed once.
      const states = bertEncoder(p, { ...config, numHiddenLayers: config.numHiddenLayers - 1 }, batch, false);
      const mask = cast(reshape(transpose(batch.inputMask, [1, 0]), [length, size, 1]), states.dtype);
      return concat([first, div(sum(mul(states, mask), 0), sum(mask, 0))], 1);
    },
  };
  const { maxLength } = options;
  return prepareInference(executor, encoder, parameters, { maxLength, quantized, precision: precision.type });
}

/** Returns whether a parameter belongs to the pooler or the classifier, which a linear probe replaces. */
export function isHead(name: string): boolean {
  return /^(\w+\.pooler|classifier|pre_classifier)\./.test(name);
}
