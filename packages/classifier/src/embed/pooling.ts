import {
  add,
  cast,
  concat,
  div,
  equal,
  gelu,
  greater,
  linear,
  max,
  maximum,
  mul,
  relu,
  reshape,
  sigmoid,
  slice,
  sqrt,
  square,
  sub,
  sum,
  swish,
  type Tensor,
  tanh,
  transpose,
} from "@bertie/engine";
import { type BertConfig, bertEncoder } from "@bertie/model";
import type { Classifier, Parameter } from "@bertie/optim";

/** Ways to pool the states of the tokens of a text, under the names of sentence-transformers. */
export const poolingModes = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"] as const;

/** Way to pool the states of the tokens of a text. */
export type PoolingMode = (typeof poolingModes)[number];

/** Activations of dense layers, by the name of PyTorch's class. */
export const activations = {
  Identity: (x: Tensor) => x,
  Tanh: tanh,
  ReLU: relu,
  GELU: gelu,
  Sigmoid: sigmoid,
  SiLU: swish,
};

/** Dense layer after pooling. */
export interface DenseLayer {
  readonly type: "dense";
  readonly activation: keyof typeof activations;
  /** Name of the layer's parameters. */
  readonly name: string;
  /** `[outputs, inputs]`, row-major. */
  readonly weight: Float32Array;
  /** `[outputs]` */
  readonly bias: Float32Array;
}

/** Step after pooling. */
export type PooledStep = DenseLayer | { readonly type: "normalize" };

/** Layers between the encoder and the embedding. */
export interface SentenceHead {
  /** Ways to pool; several are concatenated. */
  readonly pooling: readonly PoolingMode[];
  /** Whether all tokens are pooled, including the tokens of the prompt. */
  readonly poolsPrompt: boolean;
  readonly steps: readonly PooledStep[];
}

/** Added to the states of tokens that are not pooled, to compute a maximum. */
const FAR_BELOW = 1e30;
/** Larger than any position. */
const BEYOND = 2 ** 20;
/** Smallest norm that a vector is divided by, as in PyTorch. */
const SMALLEST_NORM = 1e-12;

/**
 * Returns the encoder and its head as a model whose "logits" are the embeddings of the texts, `[size, dimension]`.
 *
 * The feed of the token type ids contains positions instead: 1, 2, … for the tokens that are pooled, and 0 for other
 * tokens and padding. The token types of single texts are 0, so they need no feed.
 */
export function sentenceModel(config: BertConfig, encoder: readonly Parameter[], head: SentenceHead): Classifier {
  return {
    parameters: [...encoder, ...head.steps.flatMap(parametersOf)],
    logits(p, { inputIds, inputMask, segmentIds: positions }) {
      const inputs = { inputIds, inputMask, segmentIds: sub(positions, positions) };
      const readsFirst = head.poolsPrompt && head.pooling.every((mode) => mode === "cls");
      const states = cast(bertEncoder(p, config, inputs, false, readsFirst ? 1 : undefined), "float32");
      let x = readsFirst ? reshape(states, [states.shape[1]!, config.hiddenSize]) : pool(states, positions, head);
      for (const step of head.steps) {
        if (step.type === "normalize") {
          x = div(x, maximum(sqrt(sum(square(x), 1, { keepDims: true })), SMALLEST_NORM));
        } else {
          x = activations[step.activation](linear(x, p(`${step.name}.weight`), p(`${step.name}.bias`)));
        }
      }
      return x;
    },
  };
}

function parametersOf(step: PooledStep): Parameter[] {
  if (step.type === "normalize") return [];
  const outputs = step.bias.length;
  return [
    { name: `${step.name}.weight`, shape: [outputs, step.weight.length / outputs], decay: true },
    { name: `${step.name}.bias`, shape: [outputs], decay: false },
  ];
}

/** Returns the values of the parameters of dense layers, by name. */
export function stepValues(steps: readonly PooledStep[]): [string, Float32Array][] {
  return steps.flatMap((step): [string, Float32Array][] =>
    step.type === "normalize"
      ? []
      : [
          [`${step.name}.weight`, step.weight],
          [`${step.name}.bias`, step.bias],
        ],
  );
}

/**
 * Pools states `[length, batch, hidden]` to `[batch, modes · hidden]`.
 *
 * @param positions int32 `[batch, length]`: positions of the pooled tokens from 1; 0 for other tokens
 */
function pool(states: Tensor, positions: Tensor, { pooling, poolsPrompt }: SentenceHead): Tensor {
  const [length, batch, hidden] = states.shape as [number, number, number];
  const position = cast(reshape(transpose(positions, [1, 0]), [length, batch, 1]), "float32");
  const mask = cast(greater(position, 0), "float32");
  const total = () => sum(mul(states, mask), 0);
  const pick = (order: Tensor) => sum(mul(states, cast(equal(order, max(order, 0, { keepDims: true })), "float32")), 0);
  const modes: Readonly<Record<PoolingMode, () => Tensor>> = {
    cls: () =>
      poolsPrompt ? reshape(slice(states, 0, 0, 1), [batch, hidden]) : pick(mul(mask, sub(BEYOND, position))),
    max: () => max(add(states, mul(sub(mask, 1), FAR_BELOW)), 0),
    mean: () => div(total(), sum(mask, 0)),
    mean_sqrt_len_tokens: () => div(total(), sqrt(sum(mask, 0))),
    weightedmean: () => div(sum(mul(states, position), 0), sum(position, 0)),
    lasttoken: () => pick(position),
  };
  return concat(
    pooling.map((mode) => modes[mode]()),
    1,
  );
}
