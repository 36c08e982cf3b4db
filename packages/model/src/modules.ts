import { dropout, layerNorm, linear, mul, type Tensor } from "@bertie/engine";
import { parameterName } from "./architectures.ts";
import type { BertConfig } from "./config.ts";

/** Lookup of parameters by name, in Hugging Face's naming scheme. */
export type Parameters = (name: string) => Tensor;

/** Returns a lookup that adds a prefix and a dot to each name. */
export function withPrefix(p: Parameters, prefix: string): Parameters {
  return (name) => p(`${prefix}.${name}`);
}

/** Returns a lookup by BERT's names in the parameters of an architecture. */
export function withBertNames(p: Parameters, { modelType = "bert" }: BertConfig): Parameters {
  return modelType === "bert" ? p : (name) => p(parameterName(modelType, name));
}

/**
 * Traces the linear layer with the given name, and multiplies the result by a factor.
 *
 * The multiplication is applied to the parameters, which have fewer elements than the result.
 */
export function linearLayer(p: Parameters, name: string, x: Tensor, factor = 1): Tensor {
  const scaled = (parameter: Tensor) => (factor === 1 ? parameter : mul(parameter, factor));
  return linear(x, scaled(p(`${name}.weight`)), scaled(p(`${name}.bias`)));
}

/** Traces layer normalization with the parameters named LayerNorm. */
export function norm(p: Parameters, config: BertConfig, x: Tensor): Tensor {
  return layerNorm(x, p("LayerNorm.weight"), p("LayerNorm.bias"), config.layerNormEps);
}

/** Traces dropout in training, and returns `x` otherwise. */
export function dropoutIf(training: boolean, x: Tensor, rate: number): Tensor {
  return training ? dropout(x, rate) : x;
}
