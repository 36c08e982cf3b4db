import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/** Encoded texts, padded with 0 to one length. Matrices are row-major, `[size, length]`. */
export interface ExplainedBatch {
  readonly size: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  /** 1 for tokens, 0 for padding. */
  readonly inputMask: Int32Array;
  /** 1 for the tokens of the pair and its `[SEP]`, else 0. */
  readonly segmentIds: Int32Array;
}

/** The parts of a classifier that explanations need. */
export interface ExplainedModel {
  readonly tokenizer: BertTokenizer;
  /** In the order of the logits. */
  readonly labels: readonly string[];
  /** Texts are truncated to this many tokens, special tokens included. */
  readonly maxLength: number;
  /** Whether batches may have any shape, as one program serves them all. @default false */
  readonly anyShape?: boolean;
  /** Returns the logits of a batch, `[size, labels]`, row-major. */
  logits(batch: ExplainedBatch): Promise<Float32Array>;
}

export interface ExplainRequest {
  readonly text: string;
  /** The second text of a pair. */
  readonly pair?: string | undefined;
  /** The label to explain. @default the most probable label */
  readonly label?: string | undefined;
  /**
   * The unit that gets a contribution: a "word" with all of its tokens, where a Chinese character and a punctuation mark are
   * words by themselves, or a single "token".
   *
   * @default "word"
   */
  readonly unit?: "word" | "token" | undefined;
  /** Stops the work between two batches. */
  readonly signal?: AbortSignal | undefined;
}

export interface LabelScore {
  readonly label: string;
  /** The probability of the label, from 0 to 1. */
  readonly score: number;
}

export interface ExplainedWord {
  /** The word as written in the text. */
  readonly text: string;
  /** Where the word is in its text, in UTF-16 code units, the end not included. */
  readonly start: number;
  readonly end: number;
  /** 0 for the text, 1 for the pair. */
  readonly part: 0 | 1;
  /** All tokens of the word, including those that truncation cut off. */
  readonly tokens: readonly string[];
  /**
   * How much the word adds to the log-odds of the explained label. Positive: the word supports the label.
   *
   * By occlusion: the log-odds of the original text minus the log-odds of the text in which `[MASK]` replaces the word.
   */
  readonly contribution: number;
}

export interface Explanation {
  /** All labels with their probabilities for the original text, the most probable first. */
  readonly labels: readonly LabelScore[];
  /** The label that is explained. */
  readonly label: string;
  /** The label's log-odds for the original text, log(p / (1 − p)). */
  readonly logOdds: number;
  /** The words that the model reads, first those of the text, then those of the pair, in the order of the text. */
  readonly words: readonly ExplainedWord[];
  /** Whether tokens at the end of a text were cut off. Words without a token left have no entry in `words`. */
  readonly truncated: boolean;
}
