import type { ExampleLog } from "@bertie/data";
import type { PrecisionName } from "@bertie/engine";
import type { TrainEvent } from "@bertie/optim";
import type { MetricName, Score } from "./scores.ts";

/** The events of a run, in order: the terminal, the page, the log and tests all listen to these. */
export type RunEvent =
  | { readonly type: "note"; readonly level: "info" | "warning"; readonly message: string }
  | ({ readonly type: "run-start" } & RunStart)
  | ({ readonly type: "example"; readonly set: string } & ExampleLog)
  | ({ readonly type: "phase-start" } & PhaseStart)
  | TrainEvent
  | { readonly type: "eval-batch"; readonly set: string; readonly batches: number; readonly examples: number }
  | ({ readonly type: "score" } & ScoreEvent)
  | ({ readonly type: "sample" } & Sample)
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | ({ readonly type: "stopped" } & Stopped)
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

/** An evaluation by the run's metric during training. */
export interface ScoreEvent extends Score {
  readonly metric: MetricName;
  /** Whether it is better than all previous ones. */
  readonly best: boolean;
}

/** The accuracy on a few rows of the evaluation set during training, for a curve. */
export interface Sample {
  readonly step: number;
  readonly accuracy: number;
  readonly examples: number;
}

/** Before the error of a run that failed or was interrupted, where it can be resumed. */
export interface Stopped {
  /** The step of the newest checkpoint. */
  readonly step: number;
  /** The name of the storage that holds it. */
  readonly storage: string;
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
