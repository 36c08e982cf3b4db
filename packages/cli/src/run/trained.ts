import type { TrainResult } from "@bertie/optim";
import type { Score } from "./best.ts";

/** The result of training. */
export interface Trained extends TrainResult {
  /** The evaluations with `--metric`. */
  readonly scores: readonly Score[];
  /** The evaluation whose weights were kept. */
  readonly best: Score | undefined;
}
