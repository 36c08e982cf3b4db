import type { HeadLayers } from "@bertie/model";
import type { LinearHead } from "@bertie/optim";
import type { Features } from "./encoder-features.ts";

/**
 * Factor of the standardized features before the tanh of the pooler. With 0.25, the tanh of most features is almost
 * linear, and outliers are limited.
 */
const TANH_SCALE = 0.25;

/**
 * Added to the features before gelu or relu, and subtracted afterwards. Above 6, both return their argument, so features
 * do not change unless they are very small.
 */
const LINEAR_SHIFT = 8;

/** Shift and scale of each feature. */
export interface Standardization {
  readonly mean: Float64Array;
  /** Factors of the features after the shift. */
  readonly factor: Float64Array;
}

/**
 * Returns the standardization of features: the mean becomes 0. All features have the same factor, so that a feature that
 * hardly varies does not weigh more, except features that vary more than usual, which are scaled to the usual variation.
 */
export function standardization({ values, columns }: Features): Standardization {
  const rows = values.length / columns;
  const mean = new Float64Array(columns);
  const variance = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) mean[i % columns]! += values[i]! / rows;
  for (let i = 0; i < values.length; i++) variance[i % columns]! += (values[i]! - mean[i % columns]!) ** 2 / rows;
  const usual = Math.sqrt(variance.reduce((sum, value) => sum + value, 0) / columns) || 1;
  return { mean, factor: variance.map((value) => 1 / Math.max(usual, Math.sqrt(value))) };
}

/**
 * Returns the output of the pooler for features, without the shift and divided by the scale, `[rows, columns]`.
 *
 * @param activation activation of the pooler
 */
export function poolFeatures(
  { values, columns }: Features,
  { mean, factor }: Standardization,
  activation: HeadLayers["activation"],
): Float32Array {
  const apply = activation === "tanh" ? Math.tanh : (value: number) => Math.max(value, -LINEAR_SHIFT);
  return values.map((value, i) => {
    const column = i % columns;
    return apply(TANH_SCALE * factor[column]! * (value - mean[column]!)) / TANH_SCALE;
  });
}

/**
 * Returns the parameters of a pooler and a classifier that compute the logits of a head for pooled features. The weights
 * of the pooler are a diagonal matrix.
 *
 * @param layers names of pooler and classifier
 */
export function headParameters(
  { mean, factor }: Standardization,
  head: LinearHead,
  { hidden, activation, output }: HeadLayers,
): Map<string, Float32Array> {
  const columns = mean.length;
  const shift = activation === "tanh" ? 0 : LINEAR_SHIFT;
  const weight = new Float32Array(columns * columns);
  for (let i = 0; i < columns; i++) weight[i * columns + i] = TANH_SCALE * factor[i]!;
  const rowSum = (k: number) =>
    head.weight.slice(k * columns, (k + 1) * columns).reduce((sum, value) => sum + value, 0);
  return new Map([
    [`${hidden}.weight`, weight],
    [`${hidden}.bias`, Float32Array.from(mean, (value, i) => shift - TANH_SCALE * factor[i]! * value)],
    [`${output}.weight`, Float32Array.from(head.weight, (value) => value / TANH_SCALE)],
    [`${output}.bias`, Float32Array.from(head.bias, (value, k) => value - (shift / TANH_SCALE) * rowSum(k))],
  ]);
}
