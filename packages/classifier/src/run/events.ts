import type { ErrorCode } from "@bertie/common";
import type { DataSummary, EvaluationMetrics, ExampleLog, Problem } from "@bertie/data";
import type { InferencePrecision } from "@bertie/engine";
import type { CrossValidatedHead, FitProgress, TrainEvent } from "@bertie/optim";
import type { MetricName, Score } from "./scores.ts";

/** Event of a run. Events are yielded in order, and contain everything that a user interface shows about a run. */
export type RunEvent =
  | {
      readonly type: "note";
      readonly level: "info" | "warning";
      readonly message: string;
      /** Kind of a warning, for programs that translate messages. */
      readonly code?: ErrorCode;
    }
  | ({ readonly type: "data" } & DataEvent)
  | ({ readonly type: "run-start" } & RunStart)
  | ({ readonly type: "example"; readonly set: string } & ExampleLog)
  | ({ readonly type: "phase-start" } & PhaseStart)
  | TrainEvent
  | { readonly type: "features"; readonly set: string; readonly done: number; readonly examples: number }
  | ({ readonly type: "fit" } & FitProgress)
  | ({ readonly type: "head" } & FittedHead)
  | ({ readonly type: "baseline" } & Baseline)
  | { readonly type: "eval-batch"; readonly set: string; readonly batches: number; readonly examples: number }
  | ({ readonly type: "score" } & ScoreEvent)
  | ({ readonly type: "sample" } & Sample)
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  | ({ readonly type: "stopped" } & Stopped)
  | ({ readonly type: "eval-results" } & EvaluationResults)
  | ({ readonly type: "prediction" } & Prediction)
  | {
      readonly type: "run-end";
      readonly seconds: number;
      readonly outputDir?: string;
      readonly files: readonly string[];
    };

/** Summary of the data of a run, yielded before its start. */
export interface DataEvent {
  readonly summary: DataSummary;
  /** Warnings about the data. */
  readonly warnings: readonly Problem[];
}

/** Environment and settings of a run, yielded at its start. */
export interface RunStart {
  /** Device that runs the model, such as "cpu". */
  readonly device: string;
  /** Engine that runs the model, such as "onnx". */
  readonly engine: string;
  /** Number of threads; undefined if the engine decides. */
  readonly threads?: number;
  /** Always false. */
  readonly distributed: false;
  /** Whether the precision is fp16. */
  readonly fp16: boolean;
  /** Precision of matrix multiplications. */
  readonly precision: InferencePrecision;
  /** Random seed. */
  readonly seed: number;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
}

/** Amount of work in a phase, yielded before training, evaluation and prediction. */
export interface PhaseStart {
  readonly phase: "training" | "evaluation" | "prediction";
  /** Name of the set, such as "train" or "dev". */
  readonly set: string;
  /** Number of examples in the set. */
  readonly examples: number;
  /** Number of examples per update or per batch. */
  readonly batchSize: number;
  /** Number of updates or batches. */
  readonly steps: number;
}

/** Linear head that was fitted to the features of the encoder. */
export interface FittedHead extends Pick<CrossValidatedHead, "penalty" | "folds" | "repeats" | "loss"> {
  /** Fraction of held-out rows that cross-validation classified correctly; undefined unless rows have single labels. */
  readonly accuracy: number | undefined;
  /** Number of rows that the head was fitted to. */
  readonly examples: number;
  readonly seconds: number;
}

/** Result of a simple method on the evaluation set, to compare a fine-tuned model with. */
export interface Baseline {
  readonly method: "linear probe";
  /** Name of the evaluation set. */
  readonly set: string;
  /** Accuracy, loss and the metric of the task on the evaluation set, as for the fine-tuned model. */
  readonly scores: Results;
  /** Number of training rows that the probe was fitted to. */
  readonly examples: number;
  readonly seconds: number;
}

/** Evaluation by the run's metric during training. */
export interface ScoreEvent extends Score {
  readonly metric: MetricName;
  /** Whether the value is better than all previous values. */
  readonly best: boolean;
}

/** Accuracy on a few held-out rows during training. */
export interface Sample {
  /** Number of completed updates. */
  readonly step: number;
  /** Fraction of correctly classified rows, from 0 to 1. */
  readonly accuracy: number;
  /** Number of rows. */
  readonly examples: number;
}

/** Checkpoint that a failed or interrupted run can be resumed from, yielded before the error is thrown. */
export interface Stopped {
  /** Step of the newest checkpoint. */
  readonly step: number;
  /** Name of the storage that contains the checkpoint. */
  readonly storage: string;
}

/** Values of the metrics, with the names and in the order of eval_results.txt. */
export type Results = Readonly<Record<string, number>>;

/** Results of the evaluation of all sets. */
export interface EvaluationResults {
  readonly results: Results;
  /** All metrics of each set, by the name of the set. */
  readonly evaluations: Readonly<Record<string, EvaluationMetrics>>;
  /** Number of the update whose weights were evaluated; 0 for a model that the run has not trained. */
  readonly step: number;
}

/** Row that was predicted. */
interface PredictedRow {
  /** Name of the example, such as "test-0". */
  readonly guid: string;
  /** Id of the row in its table; absent if the table has no column of ids. */
  readonly id?: string;
  /** Name of the file of the row, if there are several files. */
  readonly file?: string;
}

/** Prediction for an example of a single-label problem. */
export interface LabelPrediction extends PredictedRow {
  /** Most probable label. */
  readonly label: string;
  /** Probabilities by label, in the order of the label ids. */
  readonly probabilities: ReadonlyMap<string, number>;
}

/** Prediction for an example of a multi-label problem. */
export interface LabelsPrediction extends PredictedRow {
  /** Labels whose probability is at least their threshold, in the order of the label ids. */
  readonly labels: readonly string[];
  /** Probabilities by label, in the order of the label ids. */
  readonly probabilities: ReadonlyMap<string, number>;
}

/** Prediction for an example of a regression problem. */
export interface ValuePrediction extends PredictedRow {
  /** Predicted value. */
  readonly value: number;
}

/** Prediction for an example. */
export type Prediction = LabelPrediction | LabelsPrediction | ValuePrediction;

/**
 * Creates a note event of level "info".
 *
 * @example
 * ```ts
 * import { info } from "@bertie/classifier";
 *
 * console.log(info("ready")); // { type: "note", level: "info", message: "ready" }
 * ```
 */
export const info = (message: string): RunEvent => ({ type: "note", level: "info", message });

/**
 * Creates a note event of level "warning".
 *
 * @param code kind of the warning, such as "note/slow-engine" (default: none)
 *
 * @example
 * ```ts
 * import { warning } from "@bertie/classifier";
 *
 * console.log(warning("disk is almost full")); // { type: "note", level: "warning", message: "disk is almost full" }
 * ```
 */
export const warning = (message: string, code?: ErrorCode): RunEvent => ({
  type: "note",
  level: "warning",
  message,
  ...(code !== undefined && { code }),
});
