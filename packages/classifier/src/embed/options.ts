import type { InferenceRequest } from "../open-inference.ts";
import type { PoolingMode } from "./pooling.ts";

/**
 * Options of `SentenceEncoder.load()`. The fields `engine`, `device`, `threads` and `wasmPaths` select and configure the
 * engine.
 */
export interface EncoderOptions extends InferenceRequest {
  /**
   * Maximum length of a text in tokens, including [CLS], [SEP] and the prompt; longer texts are truncated.
   *
   * @default `max_seq_length` of sentence_bert_config.json or `model_max_length` of tokenizer_config.json, at most the
   * number of positions of the model
   */
  readonly maxLength?: number | undefined;
  /** Way to pool the states of the tokens; several are concatenated. @default as in the model directory, or "mean" */
  readonly pooling?: PoolingMode | readonly PoolingMode[] | undefined;
  /** Whether texts are lowercased before tokenization. @default the setting in the model directory, or false */
  readonly lowercase?: boolean | undefined;
  /** Number of texts in a full batch. @default as many texts of similar length as fit into 1,024 tokens, at most 64 */
  readonly batchSize?: number | undefined;
}

/** Options of `SentenceEncoder.embed()` and `SentenceEncoder.embedStream()`. */
export interface EmbedOptions {
  /**
   * Whether embeddings have length 1. With true, embeddings are normalized after truncation to `truncateDim`.
   *
   * @default as in the model directory, whose Normalize module normalizes before truncation
   */
  readonly normalize?: boolean | undefined;
  /** Number of leading dimensions to return. @default `truncate_dim` of the model directory, or all dimensions */
  readonly truncateDim?: number | undefined;
  /** Text to prepend to each text. @default the prompt with the name `promptName` */
  readonly prompt?: string | undefined;
  /** Name of a prompt of the model directory, such as "query". @default the default prompt of the directory, if it has one */
  readonly promptName?: string | undefined;
  /** Signal that cancels the computation; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}
