import type { ExampleLog } from "@bertie/data";
import type { PrecisionName } from "@bertie/engine";
import type { TrainEvent } from "@bertie/optim";
import type { MetricName, Score } from "./best.ts";

/** What happens in a run, in order; everything that shows or keeps a run listens to these. */
export type RunEvent =
  | { readonly type: "note"; readonly level: "info" | "warning"; readonly message: string }
  | ({ readonly type: "run-start" } & RunStart)
  | ({ readonly type: "example"; readonly set: string } & ExampleLog)
  | ({ readonly type: "phase-start" } & PhaseStart)
  | TrainEvent
  | { readonly type: "eval-batch"; readonly set: string; readonly batches: number; readonly examples: number }
  | ({ readonly type: "score" } & ScoreEvent)
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly type: "eval-results"; readonly results: Results }
  | ({ readonly type: "prediction" } & Prediction)
  | {
      readonly type: "run-end";
      readonly seconds: number;
      readonly outputDir?: string;
      readonly files: readonly string[];
    };

export interface RunStart {
  readonly device: string;
  readonly engine: string;
  /** Undefined where the engine decides. */
  readonly threads?: number;
  readonly distributed: false;
  readonly fp16: boolean;
  readonly precision: PrecisionName;
  readonly seed: number;
  readonly labels: readonly string[];
}

/** Before training, evaluation and prediction: how much there is to do. */
export interface PhaseStart {
  readonly phase: "training" | "evaluation" | "prediction";
  readonly set: string;
  readonly examples: number;
  readonly batchSize: number;
  readonly steps: number;
}

/** An evaluation by `--metric` while training goes on. */
export interface ScoreEvent extends Score {
  readonly metric: MetricName;
  /** Whether it is better than all before. */
  readonly best: boolean;
}

/** Named as in eval_results.txt, and in its order. */
export type Results = Readonly<Record<string, number>>;

export interface Prediction {
  readonly guid: string;
  readonly label: string;
  /** By label, in the order of their ids. */
  readonly probabilities: ReadonlyMap<string, number>;
}

export const info = (message: string): RunEvent => ({ type: "note", level: "info", message });
export const warning = (message: string): RunEvent => ({ type: "note", level: "warning", message });
