import type { Executor, ExecutorRequest, PrecisionName } from "@bertie/engine";
import type { ExplainRequest } from "./explain/explanation.ts";
import type { EvaluatedSet } from "./run/results.ts";

/** A text to classify, or a pair of texts. */
export type Text = string | { readonly text: string; readonly pair?: string | undefined };

export interface LoadOptions extends Omit<ExecutorRequest, "measureWebgpu"> {
  /** Runs the model; the caller disposes of it. By default one is created by `engine` and `device`, and disposed of with the classifier. */
  readonly executor?: Executor;
  /** Precision of matrix multiplications. @default "fp32" */
  readonly precision?: PrecisionName;
  /** Texts are truncated to this many tokens. By default as many as in training, or 128. */
  readonly maxLength?: number;
  /** Whether texts are lower-cased. By default as the model directory says. */
  readonly lowercase?: boolean;
  /** In the order of their ids. By default those of the model directory. */
  readonly labels?: readonly string[] | undefined;
  /** Texts in a full batch of classify(). By default as many as make up 1,024 tokens, at most 64. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

export interface ClassifyOptions {
  /** How many labels each answer has, the most probable first. By default all. */
  readonly topK?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ExplainOptions extends Omit<ExplainRequest, "text"> {
  /** @default "occlusion" */
  readonly method?: "occlusion" | "integrated-gradients";
}

/** The quality of a classifier on labelled examples. */
export interface Evaluation {
  readonly examples: number;
  readonly accuracy: number;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  /** By name: accuracy, loss, and the task's metric (`macro_f1`, `f1` or `matthews_correlation`). */
  readonly metrics: Readonly<Record<string, number>>;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** `confusion[label][prediction]`, by ids. */
  readonly confusion: EvaluatedSet["confusion"];
}
