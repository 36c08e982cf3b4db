import type { Tensor } from "../graph.ts";
import type { Shape } from "../shape.ts";

/** A float32 tensor of a random program, and bounds of its values. */
export interface Item {
  readonly tensor: Tensor;
  /** Approximate upper bound of the magnitudes. */
  readonly limit: number;
  /** Whether it is computed from feeds by exact ops only: executors agree bit for bit, and it has no gradient. */
  readonly exact: boolean;
}

/** Adds inputs to a random program, and draws their values. */
export interface Inputs {
  /** A float32 feed of multiples of 1/64 in [−2, 2]. */
  fed(shape: Shape): Item;
  /** A float32 state, initially odd multiples of 1/128 in [−2, 2], so that no value equals one of a feed. */
  kept(shape: Shape): Item;
  /** An int32 feed in [0, bound). */
  indices(shape: Shape, bound: number): Tensor;
}
