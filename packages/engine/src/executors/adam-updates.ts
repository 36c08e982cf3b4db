import type { Node, Op, Tensor } from "../graph.ts";
import type { Program } from "../program.ts";

/** An Adam update without bias correction and with decoupled weight decay. */
export interface AdamUpdate {
  /** Names of the states. */
  readonly names: { readonly parameter: string; readonly m: string; readonly v: string };
  /** Parameter before the update. */
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** Factor that scales the gradient, a scalar. */
  readonly clip: Tensor;
  readonly learningRate: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Weight decay; 0 for none. */
  readonly decay: number;
}

/**
 * Finds the updates of a program that have the form of a BertAdam update. An executor can apply such an update in a
 * fused kernel with one pass over memory, instead of more than ten passes for separate ops.
 *
 *     g = clip · gradient
 *     m ← beta1 · m + (1 − beta1) · g
 *     v ← beta2 · v + (1 − beta2) · g²
 *     parameter ← parameter − learningRate · (m / (√v + epsilon) + decay · parameter)
 */
export function findAdamUpdates({ nodes, updates }: Program): AdamUpdate[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const targets = new Map([...updates].map(([name, { id }]) => [id, name]));

  const producer = (x: Tensor | undefined): Node | undefined => x && producers.get(x.id);
  /** Returns the inputs of the node that computes a tensor if it applies the given op, otherwise an empty list. */
  const of = (op: Op, x: Tensor | undefined): readonly (Tensor | undefined)[] => {
    const node = producer(x);
    return node?.op === op ? node.inputs : [];
  };
  const isSquareOf = (square: Tensor | undefined, x: Tensor | undefined) =>
    of("mul", square).length === 2 && of("mul", square).every((factor) => factor === x);
  const number = (x: Tensor | undefined): number | undefined => {
    const node = producer(x);
    return node?.op === "constant" && node.attributes.values.length === 1 ? node.attributes.values[0] : undefined;
  };
  const isComplement = (x: Tensor | undefined, beta: Tensor | undefined) =>
    number(x) === 1 - (number(beta) ?? Number.NaN);
  /** Returns the name of a state if x is its old value and `next` its update. */
  const updated = (x: Tensor | undefined, next: Tensor | undefined): string | undefined => {
    const node = producer(x);
    const name = node?.op === "state" && x?.dtype === "float32" ? node.attributes.name : undefined;
    return name !== undefined && next !== undefined && targets.get(next.id) === name ? name : undefined;
  };

  function match(next: Tensor): AdamUpdate | undefined {
    const [parameter, step] = of("sub", next);
    const [direction, learningRate] = of("mul", step);
    const [sum, decayed] = of("add", direction);
    const [decayedParameter, decay] = of("mul", decayed);
    const decays = decayedParameter === parameter && number(decay) !== undefined;
    const [nextM, denominator] = of("div", decays ? sum : direction);
    const [root, epsilon] = of("add", denominator);
    const [nextV] = of("sqrt", root);

    const [decayedM, addedM] = of("add", nextM);
    const [m, beta1] = of("mul", decayedM);
    const [gradient, weightM] = of("mul", addedM);
    const [clip, complementM] = of("mul", weightM);
    const [decayedV, addedV] = of("add", nextV);
    const [v, beta2] = of("mul", decayedV);
    const [squared, weightV] = of("mul", addedV);
    const [squaredClip, complementV] = of("mul", weightV);

    const names = { parameter: updated(parameter, next), m: updated(m, nextM), v: updated(v, nextV) };
    const fits =
      isSquareOf(squared, gradient) &&
      isSquareOf(squaredClip, clip) &&
      isComplement(complementM, beta1) &&
      isComplement(complementV, beta2) &&
      number(epsilon) !== undefined &&
      [learningRate, clip].every((x) => x?.shape.length === 0) &&
      Object.values(names).every((name) => name !== undefined);
    if (!fits) return undefined;
    const numbers = { beta1: number(beta1), beta2: number(beta2), epsilon: number(epsilon) };
    const update = { names, parameter, gradient, clip, learningRate, ...numbers, decay: decays ? number(decay) : 0 };
    return update as AdamUpdate;
  }

  return [...updates.values()].flatMap((next) => match(next) ?? []);
}
