import type { Tensor } from "../graph.ts";
import type { Shape } from "../shape.ts";

/** A float32 tensor of a random program. */
export interface Item {
  readonly tensor: Tensor;
  /** Approximate upper bound of the magnitude of the values. */
  readonly limit: number;
  /**
   * Whether only exact ops compute the tensor from feeds, so that executors agree bit for bit and it has no gradient.
   */
  readonly exact: boolean;
}

/** Functions that add inputs to a random program and draw their values. */
export interface Inputs {
  /** Returns a float32 feed of multiples of 1/64 in [−2, 2]. */
  feed(shape: Shape): Item;
  /** Returns a float32 state of odd multiples of 1/128 in [−2, 2], which differ from all values of feeds. */
  state(shape: Shape): Item;
  /** Returns an int32 feed in [0, bound). */
  indices(shape: Shape, bound: number): Tensor;
}
