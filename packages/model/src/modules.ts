import { dropout, layerNorm, linear, type Tensor } from "@bertie/engine";
import type { BertConfig } from "./config.ts";

/** The parameter of that name, in Hugging Face's naming. */
export type Parameters = (name: string) => Tensor;

/** The parameters whose names start with the prefix and a dot. */
export function within(p: Parameters, prefix: string): Parameters {
  return (name) => p(`${prefix}.${name}`);
}

export function linearIn(p: Parameters, name: string, x: Tensor): Tensor {
  return linear(x, p(`${name}.weight`), p(`${name}.bias`));
}

export function norm(p: Parameters, config: BertConfig, x: Tensor): Tensor {
  return layerNorm(x, p("LayerNorm.weight"), p("LayerNorm.bias"), config.layerNormEps);
}

export function dropoutIf(training: boolean, x: Tensor, rate: number): Tensor {
  return training ? dropout(x, rate) : x;
}
