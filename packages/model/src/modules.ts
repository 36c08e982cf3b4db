import { dropout, layerNorm, linear, mul, type Tensor } from "@bertie/engine";
import type { BertConfig } from "./config.ts";

/** The parameter of that name, in Hugging Face's naming. */
export type Parameters = (name: string) => Tensor;

/** The parameters whose names start with the prefix and a dot. */
export function within(p: Parameters, prefix: string): Parameters {
  return (name) => p(`${prefix}.${name}`);
}

/** The linear map of that name, times a number, by which its parameters are multiplied: they are fewer than its results. */
export function linearIn(p: Parameters, name: string, x: Tensor, factor = 1): Tensor {
  const scaled = (parameter: Tensor) => (factor === 1 ? parameter : mul(parameter, factor));
  return linear(x, scaled(p(`${name}.weight`)), scaled(p(`${name}.bias`)));
}

export function norm(p: Parameters, config: BertConfig, x: Tensor): Tensor {
  return layerNorm(x, p("LayerNorm.weight"), p("LayerNorm.bias"), config.layerNormEps);
}

export function dropoutIf(training: boolean, x: Tensor, rate: number): Tensor {
  return training ? dropout(x, rate) : x;
}
