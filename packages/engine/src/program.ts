import type { Node, Tensor } from "./graph.ts";

/** A finished trace, ready for an executor: what it takes, what it computes, what it gives back. */
export interface Program {
  readonly nodes: readonly Node[];
  /** What is handed over at each run, by name. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** What the executor keeps between runs, by name: parameters, moments, counters. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** The new values of state, which take the place of the old ones when a run ends. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** What a run returns, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}
