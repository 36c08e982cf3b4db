import type { ProblemType } from "@bertie/common";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/** Batch of encoded texts, padded with 0. Matrices are row-major, `[size, length]`. */
export interface ExplainedBatch {
  /** Number of texts. */
  readonly size: number;
  /** Number of tokens per text, including padding. */
  readonly length: number;
  /** Token ids, `[size, length]`. */
  readonly inputIds: Int32Array;
  /** Attention mask, `[size, length]`: 1 for tokens, 0 for padding. */
  readonly inputMask: Int32Array;
  /** Token type ids, `[size, length]`: 1 for the tokens of the pair and its `[SEP]`, otherwise 0. */
  readonly segmentIds: Int32Array;
}

/** Interface of a classifier for explanations. */
export interface ExplainedModel {
  readonly tokenizer: BertTokenizer;
  /** Names of the labels, in the order of the logits. */
  readonly labels: readonly string[];
  /** Kind of problem that the model solves. @default "single_label_classification" */
  readonly problemType?: ProblemType | undefined;
  /** Maximum length of a text in tokens, including special tokens. Longer texts are truncated. */
  readonly maxLength: number;
  /** Whether batches may have any shape, because one program runs all shapes. @default false */
  readonly anyShape?: boolean;
  /** Returns the logits of a batch, `[size, labels]`, row-major. */
  logits(batch: ExplainedBatch): Promise<Float32Array>;
}

/** Text to explain, and options that all attribution methods share. */
export interface ExplainRequest {
  readonly text: string;
  /** Second text of a pair. */
  readonly pair?: string | undefined;
  /** Name of the label to explain. @default the most probable label */
  readonly label?: string | undefined;
  /**
   * Unit of the explanation: "word" or "token". Each Chinese character and each punctuation mark is a separate word.
   *
   * @default "word"
   */
  readonly unit?: "word" | "token" | undefined;
  /** Signal that cancels the explanation between two batches; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Label with its probability, in the shape of Hugging Face's text-classification pipeline. */
export interface LabelScore {
  readonly label: string;
  /** Probability of the label, from 0 to 1; the value in regression. */
  readonly score: number;
  /** Whether the score reaches the threshold. Present only in multi-label classification. */
  readonly predicted?: boolean;
}

/** Word (or token, with unit "token") with its contribution to the explained label. */
export interface ExplainedWord {
  /** Word as written in the text. */
  readonly text: string;
  /** Offset of the first character in the text, in UTF-16 code units. */
  readonly start: number;
  /** Offset after the last character in the text, in UTF-16 code units. */
  readonly end: number;
  /** 0 for a word of the text, 1 for a word of the pair. */
  readonly part: 0 | 1;
  /** All tokens of the word, including truncated tokens. */
  readonly tokens: readonly string[];
  /**
   * Contribution of the word to the log-odds of the explained label, or to the value in regression. A positive
   * contribution supports the label.
   */
  readonly contribution: number;
}

/** Explanation of a classification. */
export interface Explanation {
  /** All labels with their probabilities for the original text, most probable first. */
  readonly labels: readonly LabelScore[];
  /** Name of the explained label. */
  readonly label: string;
  /** Log-odds of the explained label for the original text, log(p / (1 − p)); in regression, the value. */
  readonly logOdds: number;
  /** Words with at least one token after truncation: first the words of the text, then the words of the pair. */
  readonly words: readonly ExplainedWord[];
  /** Whether any text was truncated. */
  readonly truncated: boolean;
}
