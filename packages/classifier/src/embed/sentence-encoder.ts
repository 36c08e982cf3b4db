import { BertieError } from "@bertie/common";
import { convertExamplesToFeatures, type InputFeatures } from "@bertie/data";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { checkCount } from "../check-options.ts";
import { mapInOrder } from "../classify-stream.ts";
import { computeRows } from "../compute-rows.ts";
import type { ModelInput } from "../model-input.ts";
import { createSerialQueue } from "../serial-queue.ts";
import { type LoadedEncoder, loadEncoder } from "./load-encoder.ts";
import type { EmbedOptions, EncoderOptions } from "./options.ts";
import type { PoolingMode } from "./pooling.ts";
import { normalizeInPlace, type SimilarityName, similarityOf } from "./similarity.ts";

/**
 * Sentence encoder that is loaded into an engine. {@link SentenceEncoder.load} creates instances.
 *
 * Texts are pooled, projected and normalized as the sentence-transformers files of the model directory ask for.
 *
 * @example
 * ```ts
 * import { SentenceEncoder } from "@bertie/classifier";
 *
 * await using encoder = await SentenceEncoder.load("examples/models/bge-small-zh-v1.5");
 * const [query, ...rooms] = await encoder.embed(["房间很干净", "客房整洁", "早餐太贵"]);
 * console.log(rooms.map((room) => encoder.similarity(query!, room))); // [ 0.73…, 0.39… ]
 * ```
 */
export class SentenceEncoder {
  /** Name of the model in messages, such as the path of its directory. */
  readonly name: string;
  /** Number of values per embedding, unless a call truncates embeddings. */
  readonly dimension: number;
  /** Number of values per embedding before truncation. */
  readonly fullDimension: number;
  /** Maximum length of a text in tokens, including [CLS], [SEP] and the prompt. Longer texts are truncated. */
  readonly maxLength: number;
  /** Ways to pool the states of the tokens; several are concatenated. */
  readonly pooling: readonly PoolingMode[];
  /** Where the pooling comes from: the name of a file, the options or the default. */
  readonly poolingSource: string;
  /** Whether embeddings are normalized unless a call specifies otherwise. */
  readonly normalizes: boolean;
  /** Prompts of the model directory, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that is prepended to texts by default. */
  readonly defaultPromptName: string | undefined;
  /** Measure of {@link similarity}. */
  readonly similarityName: SimilarityName;
  /** Tokenizer of the model. */
  readonly tokenizer: BertTokenizer;
  /** Engine that runs the model, such as "onnx". */
  readonly engine: string;
  /** Device that runs the model, such as "cpu". */
  readonly device: string;
  /** Notes about the model, such as where its pooling comes from, one line per note. */
  readonly notes: readonly string[];
  /** Warnings about the model or its vocabulary, one line per warning. */
  readonly warnings: readonly string[];

  readonly #encoder: LoadedEncoder;
  readonly #enqueue = createSerialQueue();
  #disposal: Promise<void> | undefined;

  private constructor(encoder: LoadedEncoder) {
    const { settings, executor, width } = encoder;
    this.name = encoder.name;
    this.dimension = Math.min(settings.truncateDim ?? width, width);
    this.fullDimension = width;
    this.maxLength = encoder.maxLength;
    this.pooling = encoder.pooling;
    this.poolingSource = encoder.poolingSource;
    this.normalizes = encoder.normalizes;
    this.prompts = settings.prompts;
    this.defaultPromptName = settings.defaultPromptName;
    this.similarityName = settings.similarityName;
    this.tokenizer = encoder.tokenizer;
    this.engine = executor.engine;
    this.device = executor.device;
    this.notes = encoder.notes;
    this.warnings = encoder.warnings;
    this.#encoder = encoder;
  }

  /**
   * Loads a sentence encoder from a model directory in the layout of sentence-transformers, Hugging Face transformers or
   * Bertie. Heads of classifiers and of pre-training are not used. Without modules.json, pooling is the mean of all tokens.
   *
   * @param input path, URL, storage, files or directory handle of the model directory
   * @param options engine, device, precision, truncation and pooling
   * @throws BertieError "embed/unsupported-module" if the directory asks for a module, pooling mode, activation or
   *   similarity that is not supported
   * @throws BertieError "input/missing-file" if the directory or a file does not exist, "input/invalid-json" if a file is
   *   malformed, "input/unreadable-file", "input/not-read" or "input/unreachable" if a file cannot be read,
   *   "input/not-a-model" if `input` is of another type
   * @throws BertieError "config/…", "vocabulary/…", "weights/…" or "input/vocabulary-size" if the model is malformed or not
   *   supported
   * @throws BertieError "options/value" or "options/max-seq-length" if an option is out of range
   * @throws BertieError "engine/…" if the engine, the device or the precision is not available
   * @throws the reason of `options.signal` if loading is canceled
   *
   * @example
   * ```ts
   * import { SentenceEncoder } from "@bertie/classifier";
   *
   * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2", { maxLength: 256 });
   * console.log(encoder.dimension, encoder.pooling, encoder.normalizes); // 384 [ "mean" ] true
   * ```
   */
  static async load(input: ModelInput, options: EncoderOptions = {}): Promise<SentenceEncoder> {
    return new SentenceEncoder(await loadEncoder(input, options));
  }

  /**
   * Computes the embeddings of one or more texts. Texts are batched by length; concurrent calls run one after another.
   *
   * @param text text or array of texts; texts longer than `maxLength` are truncated
   * @returns the embedding, float32 `[dimension]`; for an array, one embedding per text
   * @throws BertieError "input/not-text" if a text is not a string, "options/value" if `truncateDim` is out of range,
   *   "options/prompt" if the directory has no prompt with the name `promptName` or the prompt fills `maxLength`,
   *   "classify/not-a-number" if a value is NaN, "embed/disposed" after {@link dispose}, "engine/…" if the device fails
   * @throws the reason of `options.signal` if it is aborted
   *
   * @example
   * ```ts
   * import { SentenceEncoder } from "@bertie/classifier";
   *
   * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
   * const embedding = await encoder.embed("The room was clean.");
   * console.log(embedding.length); // 384
   * const short = await encoder.embed(["good", "bad"], { truncateDim: 128, normalize: true });
   * console.log(short.map(({ length }) => length)); // [ 128, 128 ]
   * ```
   */
  embed(text: string, options?: EmbedOptions): Promise<Float32Array>;
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  async embed(texts: string | readonly string[], options: EmbedOptions = {}): Promise<Float32Array | Float32Array[]> {
    if (typeof texts === "string") return (await this.#embedTexts([texts], options))[0]!;
    return this.#embedTexts(texts, options);
  }

  /**
   * Computes the embeddings of a stream of texts, and yields one embedding per text, in order. The source is read only as
   * fast as results are consumed, and closed when the consumer stops.
   *
   * The generator throws the errors of {@link embed}, and rethrows an error of the source after the results of the preceding
   * texts.
   *
   * @param texts iterable or async iterable of any length, such as the lines of a file
   *
   * @example
   * ```ts
   * import { SentenceEncoder } from "@bertie/classifier";
   *
   * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
   * for await (const embedding of encoder.embedStream(["good", "bad"])) console.log(embedding[0]);
   * ```
   */
  embedStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options: EmbedOptions = {},
  ): AsyncGenerator<Float32Array> {
    let count = 0;
    const embedWindow = async (window: readonly string[]) => {
      const results = await this.#embedTexts(window, options, count);
      count += window.length;
      return results;
    };
    return mapInOrder(texts, embedWindow, options.signal);
  }

  /**
   * Returns the similarity of two embeddings by the measure of the model directory, or else the cosine. Greater values mean
   * more similar texts; distances are negative.
   *
   * @throws BertieError "embed/dimension" if the embeddings have different dimensions
   *
   * @example
   * ```ts
   * import { SentenceEncoder } from "@bertie/classifier";
   *
   * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
   * const [a, b] = await encoder.embed(["a clean room", "a tidy room"]);
   * console.log(encoder.similarityName, encoder.similarity(a!, b!)); // cosine 0.8…
   * ```
   */
  similarity(a: Float32Array, b: Float32Array): number {
    return similarityOf(this.similarityName, a, b);
  }

  /**
   * Releases the model, and the executor if the encoder created it. Calls in progress complete first; later calls of `embed`
   * throw BertieError "embed/disposed". May be called repeatedly.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.#enqueue(async () => {
      await this.#encoder.inference.dispose();
      if (this.#encoder.ownsExecutor) await this.#encoder.executor.dispose();
    });
    return this.#disposal;
  }

  /** Calls {@link dispose} at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Embeds texts in batches. Messages add `offset`, the number of previous texts in the stream, to the index. */
  async #embedTexts(texts: readonly string[], options: EmbedOptions, offset = 0): Promise<Float32Array[]> {
    const { signal, normalize, truncateDim } = options;
    const { inference, batchSize, width, normalizes } = this.#encoder;
    const { maxLength } = this;
    checkCount("truncateDim", truncateDim);
    const dimension = truncateDim ?? this.dimension;
    if (dimension > width) {
      const text = `truncateDim (--truncate-dim) is ${dimension}: expected at most ${width}, the dimension of the model. Use a smaller number.`;
      throw new BertieError("options/value", text);
    }
    const features = this.#featuresOf(texts, this.#promptOf(options), offset);
    const values = await computeRows(features, (batch) => this.#run(() => inference.logits(batch)), {
      width,
      shapes: { maxLength, batchSize, anyShape: inference.isFrozen },
      signal,
    });
    return features.map((_, row) => {
      const whole = values.subarray(row * width, (row + 1) * width);
      if (normalizes && normalize !== false) normalizeInPlace(whole);
      const embedding = whole.slice(0, dimension);
      if (normalize === true) normalizeInPlace(embedding);
      return embedding;
    });
  }

  /** Returns the prompt that the options ask for, "" for none. */
  #promptOf({ prompt, promptName }: EmbedOptions): string {
    if (prompt !== undefined) {
      if (promptName === undefined) return prompt;
      throw new BertieError(
        "options/prompt",
        "prompt (--prompt) and promptName (--prompt-name) are both set: expected one of them. Remove one.",
      );
    }
    const name = promptName ?? this.defaultPromptName;
    if (name === undefined) return "";
    if (Object.hasOwn(this.prompts, name)) return this.prompts[name]!;
    const names = Object.keys(this.prompts);
    const known = names.length > 0 ? `expected one of ${names.join(", ")}` : "the model has no prompts";
    const text = `promptName (--prompt-name) is "${name}": ${known}. Set prompt (--prompt) to use another text.`;
    throw new BertieError("options/prompt", text);
  }

  /** Returns the tokens of texts after a prompt. Token type ids are the positions of the pooled tokens, from 1. */
  #featuresOf(texts: readonly string[], prompt: string, offset: number): InputFeatures[] {
    const examples = Array.from(texts, (text, i) => {
      if (typeof text !== "string")
        throw new BertieError("input/not-text", `text ${offset + i + 1}: expected a string, found ${typeof text}.`);
      return { guid: `text-${offset + i}`, textA: prompt + text };
    });
    const features = convertExamplesToFeatures(examples, [], this.maxLength, this.tokenizer);
    const skipped = prompt === "" ? 0 : this.#promptLength(prompt);
    return features.map((row) => ({
      ...row,
      segmentIds: row.inputIds.map((_, i) => (i < skipped ? 0 : i + 1)),
    }));
  }

  /** Returns the number of leading tokens that are not pooled: [CLS] and the prompt, if the model excludes the prompt. */
  #promptLength(prompt: string): number {
    const length = this.tokenizer.tokenize(prompt).length + 1;
    if (length >= this.maxLength) {
      const text = `the prompt has ${length - 1} tokens: expected fewer than ${this.maxLength - 1}, so that texts fit into maxLength (--max-seq-length). Use a shorter prompt.`;
      throw new BertieError("options/prompt", text);
    }
    return this.#encoder.poolsPrompt ? 0 : length;
  }

  /** Runs a job after all previous jobs. Rejects if the encoder has been disposed. */
  #run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#disposal === undefined) return this.#enqueue(job);
    const message = `${this.name}: the encoder has been disposed. Load the model again.`;
    return Promise.reject(new BertieError("embed/disposed", message));
  }
}
