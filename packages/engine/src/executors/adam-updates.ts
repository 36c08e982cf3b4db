import type { Node, Op, Tensor } from "../graph.ts";
import type { Program } from "../program.ts";

/** An update by Adam without bias correction, and with weight decay apart from the gradient. */
export interface AdamUpdate {
  /** The states' names. */
  readonly names: { readonly parameter: string; readonly m: string; readonly v: string };
  /** The parameter before the update. */
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** What the gradient is multiplied by, a scalar. */
  readonly clip: Tensor;
  readonly learningRate: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 0 where there is none. */
  readonly decay: number;
}

/**
 * Finds, among a program's updates, those that are written as BertAdam's: an executor can make one in one pass over memory,
 * where op by op it takes more than ten.
 *
 * With g the gradient times the clip factor: m' = beta1 · m + (1 − beta1) · g; v' = beta2 · v + (1 − beta2) · g²;
 * parameter' = parameter − (m' / (√v' + epsilon) + decay · parameter) · learningRate.
 */
export function findAdamUpdates({ nodes, updates }: Program): AdamUpdate[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const targets = new Map([...updates].map(([name, { id }]) => [id, name]));

  const producer = (x: Tensor | undefined): Node | undefined => x && producers.get(x.id);
  /** What an op was applied to, if that is what made the tensor. */
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
  /** The state's name, if the tensor is that state before and `next` is its update. */
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

    const [keptM, addedM] = of("add", nextM);
    const [m, beta1] = of("mul", keptM);
    const [gradient, shareM] = of("mul", addedM);
    const [clip, restM] = of("mul", shareM);
    const [keptV, addedV] = of("add", nextV);
    const [v, beta2] = of("mul", keptV);
    const [squared, shareV] = of("mul", addedV);
    const [squaredClip, restV] = of("mul", shareV);

    const names = { parameter: updated(parameter, next), m: updated(m, nextM), v: updated(v, nextV) };
    const fits =
      isSquareOf(squared, gradient) &&
      isSquareOf(squaredClip, clip) &&
      isComplement(restM, beta1) &&
      isComplement(restV, beta2) &&
      number(epsilon) !== undefined &&
      [learningRate, clip].every((x) => x?.shape.length === 0) &&
      Object.values(names).every((name) => name !== undefined);
    if (!fits) return undefined;
    const numbers = { beta1: number(beta1), beta2: number(beta2), epsilon: number(epsilon) };
    const found = { names, parameter, gradient, clip, learningRate, ...numbers, decay: decays ? number(decay) : 0 };
    return found as AdamUpdate;
  }

  return [...updates.values()].flatMap((next) => match(next) ?? []);
}
