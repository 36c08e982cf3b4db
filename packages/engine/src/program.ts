import type { Node, Tensor } from "./graph.ts";

/** A finished trace that an executor can compile. */
export interface Program {
  /** Ops in an order in which inputs precede their uses. */
  readonly nodes: readonly Node[];
  /** Inputs that the caller passes to each run, by name. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Inputs that the executor keeps between runs, by name: parameters, moments, counters. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** New values of the state, by name. They replace the old values when a run ends. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** Tensors that a run returns, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}
