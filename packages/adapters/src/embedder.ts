import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/** Options of an embedding, as of `SentenceEncoder.embed()`. */
export type EmbedderOptions = {
  /** Whether embeddings have length 1. @default as in the model directory */
  readonly normalize?: boolean | undefined;
  /** Number of leading dimensions to return. @default all dimensions, or as in the model directory */
  readonly truncateDim?: number | undefined;
  /** Text to prepend to each text. @default the prompt with the name `promptName` */
  readonly prompt?: string | undefined;
  /** Name of a prompt of the model directory, such as "query". @default the default prompt of the directory, if it has one */
  readonly promptName?: string | undefined;
  /** Signal that cancels the computation. */
  readonly signal?: AbortSignal | undefined;
};

/** The part of a `SentenceEncoder` that the adapters use. */
export type Embedder = {
  /** Name of the model. */
  readonly name: string;
  /** Maximum length of a text in tokens, to which longer texts are truncated. */
  readonly maxLength: number;
  /** Tokenizer of the model. */
  readonly tokenizer: BertTokenizer;
  /** Prompts of the model, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that is prepended by default. */
  readonly defaultPromptName: string | undefined;
  /** Computes one embedding per text. */
  readonly embed: (texts: readonly string[], options?: EmbedderOptions) => Promise<Float32Array[]>;
};
