import { BertieError } from "@bertie/common";
import type { ConfusionMatrix, EvaluationMetrics, InputExample, LongText } from "@bertie/data";
import type { ExplainRequest } from "./explain/explanation.ts";
import type { InferenceRequest } from "./open-inference.ts";

/** Text to classify, or pair of texts for models that were trained on pairs. */
export type Text = string | { readonly text: string; readonly pair?: string | undefined };

/**
 * Options of `TextClassifier.load()`. The fields `engine`, `device`, `threads` and `wasmPaths` select and configure the
 * engine.
 */
export interface LoadOptions extends InferenceRequest {
  /**
   * Maximum length of a text in tokens, including [CLS] and [SEP]; longer texts are truncated.
   *
   * @default as in training, or the `model_max_length` of the tokenizer, or all positions of the model
   */
  readonly maxLength?: number;
  /** Handling of longer texts: "truncate", "head+tail" or "windows". @default as in training, or "truncate" */
  readonly longText?: LongText | undefined;
  /** With "windows": number of tokens that consecutive windows share. @default as in training, or a quarter of a window */
  readonly windowOverlap?: number | undefined;
  /** Whether texts are lowercased before tokenization. @default the setting in the model directory, or false */
  readonly lowercase?: boolean;
  /** Names of the labels, in the order of their ids. @default the labels in config.json */
  readonly labels?: readonly string[] | undefined;
  /** Number of texts in a full batch. @default as many texts of similar length as fit into 1,024 tokens, at most 64 */
  readonly batchSize?: number;
}

/** Options of `TextClassifier.classify()` and `TextClassifier.classifyStream()`. */
export interface ClassifyOptions {
  /** Number of labels per text, most probable first. @default all labels */
  readonly topK?: number;
  /**
   * Score from which on a label of a multi-label model is marked as `predicted`, from 0 to 1.
   *
   * @default as in training, or 0.5
   */
  readonly threshold?: number;
  /** Signal that cancels classification; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `TextClassifier.classifyStream()`. */
export interface StreamOptions extends ClassifyOptions {
  /**
   * Whether to compute 1,024 texts at a time, even if they arrive slowly. The scores then depend only on the texts: other
   * batches can change their last bits.
   *
   * @default false, which computes the texts that have arrived
   */
  readonly fullWindows?: boolean;
}

/** Options of `TextClassifier.explain()`. */
export interface ExplainOptions extends Omit<ExplainRequest, "text"> {
  /** Attribution method: "occlusion" or "integrated-gradients". @default "occlusion" */
  readonly method?: "occlusion" | "integrated-gradients";
}

/** Quality of a classifier on labeled examples. */
export interface Evaluation {
  /** Number of examples. */
  readonly examples: number;
  /**
   * Fraction of correctly classified examples, from 0 to 1; in multi-label classification, of examples whose labels are
   * all predicted correctly. NaN in regression.
   */
  readonly accuracy: number;
  /** Mean cross-entropy in nats: per example, or per label in multi-label classification. Mean squared error in regression. */
  readonly loss: number;
  /**
   * Values of the metrics by name: accuracy, loss, the metric of the task (`macro_f1`, `f1` or `matthews_correlation`), and
   * all numbers in `details`.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /**
   * Confusion matrix: number of examples at `confusion[label id][predicted id]`; empty except in single-label problems.
   */
  readonly confusion: ConfusionMatrix;
  /** All metrics, with the metrics of each label, confidence intervals and calibration. */
  readonly details: EvaluationMetrics;
}

/**
 * Converts a text to an example.
 *
 * @param index index of the text from 0, for messages
 * @throws BertieError "input/not-text" if the text has another type
 */
export function exampleOf(text: Text, index: number): InputExample {
  const { text: textA, pair }: Partial<Exclude<Text, string>> = typeof text === "string" ? { text } : (text ?? {});
  if (typeof textA === "string" && (pair === undefined || typeof pair === "string"))
    return { guid: `text-${index}`, textA, ...(pair !== undefined && { textB: pair }) };
  throw new BertieError(
    "input/not-text",
    `text ${index + 1}: expected a string, or an object with text and, optionally, pair.`,
  );
}
