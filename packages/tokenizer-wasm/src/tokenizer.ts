import type { AddedToken } from "@bertie/common";
import { type AddedTokenInput, readAddedTokens } from "./added-tokens.ts";
import { encodeItems } from "./batch.ts";
import type { BatchEncoding, BatchItem, BatchOptions, RaggedBatchEncoding, WordsItem } from "./batch-options.ts";
import { type BuiltTokenizer, buildTokenizer } from "./build-tokenizer.ts";
import type { Core } from "./core.ts";
import { type DecodeOptions, decodeIds } from "./decode.ts";
import { type HuggingFaceDecodeOptions, readDecodeOptions } from "./decode-options.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import { type EncodeContext, encodeText } from "./encode-text.ts";
import type { EncodeOptions, Encoding } from "./encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "./lines.ts";
import { load } from "./load.ts";
import {
  type HuggingFaceTokenizerOptions,
  type ResolvedOptions,
  readTokenizerOptions,
  resolveOptions,
  type TokenizerOptions,
} from "./options.ts";
import type { TokenizerParts } from "./parts.ts";
import type { PaddingOption } from "./row-options.ts";
import type { Runtime } from "./runtime.ts";
import { type EncodeStreamOptions, type LinesStream, openStream } from "./stream/open-stream.ts";
import { isBertToken, type RowTemplate } from "./template.ts";
import type { TextInput } from "./text-input.ts";
import type { TokenizerJson } from "./tokenizer-json/read.ts";
import { createWordCore } from "./word-ids.ts";
import { needsWordCore } from "./word-piece.ts";

/**
 * BERT's WordPiece tokenizer. It returns the same ids as the original `tokenization.py` (2018, pytorch-pretrained-bert
 * 0.6.2) and uses the tables of one Unicode version on all platforms.
 *
 * Tokenizers with equal vocabularies and options share their tables. The tables of all tokenizers take at most 128 MB: the
 * least recently used ones are freed, and built again, in a few milliseconds, when their tokenizer is used. You need not
 * free tokenizers explicitly.
 *
 * @example
 * ```ts
 * import { BertTokenizer } from "@bertie/tokenizer-wasm";
 *
 * const vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nwor\n##ld\n!";
 * const tokenizer = await BertTokenizer.fromVocab(vocabulary, { lowercase: true });
 *
 * const { ids, tokens } = tokenizer.encode("Hello World!");
 * console.log(ids); // [2, 4, 5, 6, 7, 3]
 * console.log(tokens); // ["[CLS]", "hello", "wor", "##ld", "!", "[SEP]"]
 * ```
 */
export class BertTokenizer {
  /** Options in effect, including defaults. */
  readonly options: ResolvedOptions;
  /** Problems in the vocabulary or its files, such as duplicate tokens, as one line each; empty if there are none. */
  readonly warnings: readonly string[];
  /** Tokens that are recognized in the text before it is split into words. */
  readonly addedTokens: readonly AddedToken[];
  /** Number of tokens in the vocabulary, with the added tokens. */
  readonly vocabSize: number;
  /** Id of `[UNK]`. */
  readonly unkTokenId: number;
  /** Id of `[CLS]`; undefined if the vocabulary has no `[CLS]`. */
  readonly clsTokenId: number | undefined;
  /** Id of `[SEP]`; undefined if the vocabulary has no `[SEP]`. */
  readonly sepTokenId: number | undefined;
  /** Id of `[PAD]`; 0 if the vocabulary has no `[PAD]`, which `warnings` then says. */
  readonly padTokenId: number;
  /** Id of `[MASK]`; undefined if the vocabulary has no `[MASK]`. */
  readonly maskTokenId: number | undefined;

  /** Special tokens and token type ids of rows with one text, and of rows with two. */
  readonly template: RowTemplate;
  /** Truncation and padding of the `tokenizer.json`; empty if there is none. */
  readonly defaults: TokenizerDefaults;

  readonly #runtime: Runtime;
  readonly #core: Core;
  readonly #built: BuiltTokenizer;
  readonly #encoder: EncodeContext;
  #wordCore: Core | undefined;

  private constructor(runtime: Runtime, parts: TokenizerParts) {
    const built = buildTokenizer(runtime, parts);
    this.#runtime = runtime;
    this.#core = built.core;
    this.#built = built;
    this.options = parts.options;
    this.addedTokens = parts.addedTokens;
    this.defaults = parts.defaults ?? {};
    this.template = built.template;
    this.unkTokenId = built.ids.unk;
    this.clsTokenId = built.ids.cls;
    this.sepTokenId = built.ids.sep;
    this.padTokenId = built.ids.pad;
    this.maskTokenId = built.ids.mask;
    this.vocabSize = built.vocabSize;
    this.warnings = built.warnings;
    const { core, tokens: names, format, wordPiece } = built;
    const { continuationPrefix } = wordPiece;
    const words = () => this.#words();
    const defaults = this.defaults;
    this.#encoder = { runtime, core, words, names, format, continuationPrefix, defaults, settings: undefined };
  }

  /**
   * Creates a tokenizer from a `vocab.txt`, which has one token per line.
   *
   * @param vocabulary contents of the file, as text or as UTF-8 bytes
   * @param addedTokens tokens to recognize in the text before it is split into words, as in Hugging Face's tokenizers: texts
   * of special tokens, or objects. A token without an id has its id in the vocabulary, or follows the vocabulary.
   * @throws BertieError "vocabulary/missing-token" if `[UNK]`, `[CLS]` or `[SEP]` is missing,
   * "vocabulary/invalid-utf8", "vocabulary/too-large", or "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able");
   * console.log(tokenizer.tokenize("Unable")); // ["un", "##able"]
   * ```
   */
  static async fromVocab(
    vocabulary: string | Uint8Array,
    options?: TokenizerOptions & HuggingFaceTokenizerOptions,
    addedTokens: readonly AddedTokenInput[] = [],
  ): Promise<BertTokenizer> {
    const resolved = resolveOptions(readTokenizerOptions(options));
    const added = readAddedTokens(addedTokens, vocabulary);
    const text = { text: vocabulary, verbatim: false };
    return new BertTokenizer(await load(), { vocabulary: text, addedTokens: added, options: resolved });
  }

  /**
   * Creates a tokenizer from a Hugging Face `tokenizer.json` whose model is WordPiece. `options` override the options in the
   * file. Without a post-processor in the file, rows have no special tokens.
   *
   * @param json contents of the file, as text or parsed
   * @throws BertieError "tokenizer/unsupported" if the file describes another kind of tokenizer,
   * "tokenizer/invalid-json", "tokenizer/too-large", or any error of {@link BertTokenizer.fromVocab}
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromTokenizerJson({
   *   normalizer: { type: "BertNormalizer", lowercase: true },
   *   pre_tokenizer: { type: "BertPreTokenizer" },
   *   post_processor: { type: "BertProcessing", cls: ["[CLS]", 2], sep: ["[SEP]", 3] },
   *   model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, hello: 4 } },
   * });
   * console.log(tokenizer.encode("Hello").ids); // [2, 4, 3]
   * ```
   */
  static async fromTokenizerJson(
    json: string | TokenizerJson,
    options?: TokenizerOptions & HuggingFaceTokenizerOptions,
  ): Promise<BertTokenizer> {
    // Pages load this code only if they need it.
    const { readTokenizerJson } = await import("./tokenizer-json/read.ts");
    const { tokens, options: fileOptions, ...parts } = readTokenizerJson(json);
    const resolved = resolveOptions({ ...fileOptions, ...readTokenizerOptions(options) });
    const vocabulary = { text: tokens.map((token) => `${token}\n`).join(""), verbatim: true };
    const recognized = parts.addedTokens.map(({ content }) => content).filter(isBertToken);
    return new BertTokenizer(await load(), { ...parts, vocabulary, recognized, options: resolved });
  }

  /**
   * Creates a tokenizer from a model directory on disk (Node, Deno and Bun). Reads `tokenizer.json` if it exists, or
   * otherwise `vocab.txt`, and `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, as transformers 5
   * does. `options` override the options in the files. If no file specifies the case, texts of a directory with
   * bert_config.json are not lowercased, as in the command line, and others are; `warnings` then says so.
   *
   * @throws BertieError "tokenizer/no-files" if the directory has neither file or a file cannot be read,
   * "tokenizer/invalid-config", "tokenizer/unsupported" if the tokenizer is of another class or has settings that would be
   * ignored, or any error of {@link BertTokenizer.fromTokenizerJson} or {@link BertTokenizer.fromVocab}
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromPretrained("examples/models/bge-small-zh-v1.5");
   * console.log(tokenizer.tokenize("服务很好！")); // ["服", "务", "很", "好", "！"]
   * ```
   */
  static async fromPretrained(
    directory: string,
    options?: TokenizerOptions & HuggingFaceTokenizerOptions,
  ): Promise<BertTokenizer> {
    const { readPretrained } = await import("./pretrained.node.ts");
    return new BertTokenizer(await load(), await readPretrained(directory, readTokenizerOptions(options)));
  }

  /** Whether words are lowercased. */
  get lowercase(): boolean {
    return this.options.lowercase;
  }

  /** Whether accents are removed. */
  get stripAccents(): boolean {
    return this.options.stripAccents;
  }

  /**
   * Encodes a text or a pair of texts. Lone surrogates are treated as U+FFFD.
   *
   * @throws BertieError "input/not-text", "input/too-large", or "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc");
   * const { tokens, typeIds } = tokenizer.encode("a b", { pair: "c", maxLength: 128 });
   * console.log(tokens); // ["[CLS]", "a", "b", "[SEP]", "c", "[SEP]"]
   * console.log(typeIds); // [0, 0, 0, 0, 1, 1]
   *
   * // A long text as windows that overlap by one token.
   * const first = tokenizer.encode("a b c a b c", { maxLength: 5, stride: 1 });
   * console.log([first, ...first.overflowing].length); // 3
   * ```
   */
  encode(text: TextInput, options?: EncodeOptions): Encoding {
    return encodeText(this.#encoder, text, options);
  }

  /**
   * Encodes many texts or pairs of texts into flat arrays of shape `[size, length]`. With `padding: false`, the arrays
   * contain rows of different lengths, one after the other.
   *
   * @throws BertieError "input/not-text", "input/too-large", or "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc");
   * const { ids, size, length } = tokenizer.encodeBatch(["a b c", ["a", "b"], "c"], { maxLength: 64 });
   * console.log(size, length); // 3 5
   * console.log(ids.subarray(2 * length)); // Int32Array [2, 6, 3, 0, 0]
   *
   * // Without padding, row r is ids.subarray(rowOffsets[r], rowOffsets[r + 1]).
   * const ragged = tokenizer.encodeBatch(["a b c", "a"], { padding: false });
   * console.log(ragged.rowOffsets); // Int32Array [0, 5, 8]
   * ```
   */
  encodeBatch(
    items: readonly (BatchItem | WordsItem)[],
    options: BatchOptions & { readonly padding: false | "do_not_pad" },
  ): RaggedBatchEncoding;
  encodeBatch(
    items: readonly (BatchItem | WordsItem)[],
    options?: BatchOptions & { readonly padding?: Exclude<PaddingOption, false | "do_not_pad"> | undefined },
  ): BatchEncoding;
  encodeBatch(items: readonly (BatchItem | WordsItem)[], options?: BatchOptions): BatchEncoding | RaggedBatchEncoding;
  encodeBatch(items: readonly (BatchItem | WordsItem)[], options?: BatchOptions): BatchEncoding | RaggedBatchEncoding {
    return encodeItems(this.#runtime, this.#core, items, options, this.#built.format, this.defaults);
  }

  /**
   * Encodes UTF-8 text, one row per line. This is the fastest way to encode a corpus. Lines end with a line feed.
   *
   * @throws BertieError "input/not-bytes", "input/too-large", "input/invalid-utf8" if `invalidUtf8` is "fail", or
   * "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc");
   * const { ids, rowOffsets } = tokenizer.encodeLines(new TextEncoder().encode("a b\nc\n"));
   * console.log(ids.subarray(rowOffsets[1], rowOffsets[2])); // Int32Array [2, 6, 3]
   * ```
   */
  encodeLines(bytes: Uint8Array, options?: EncodeLinesOptions): Lines {
    this.#core.check();
    return encodeAllLines(this.#runtime, this.#core, bytes, options, this.#built.format);
  }

  /**
   * Returns a transform stream from UTF-8 bytes or text to batches of encoded lines, for input of any size. Chunks can end
   * anywhere, even within a character. The rows are the same as those of {@link BertTokenizer.encodeLines}. A slow reader stops
   * the writer, so that memory use does not depend on the size of the input.
   *
   * The readable side fails with BertieError "input/not-bytes", "input/invalid-utf8" if `invalidUtf8` is "fail",
   * "input/record-too-long" for a line of more than 64 MiB, or "tokenizer/worker". The writable side then fails, too.
   *
   * @throws BertieError "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc");
   * const input = new Blob(["a b\nc\n"]).stream(); // or the body of a response
   * for await (const { ids, rowOffsets, firstLine } of input.pipeThrough(tokenizer.stream()))
   *   console.log(firstLine, ids, rowOffsets); // 0 Int32Array [2, 4, 5, 3, 2, 6, 3] Int32Array [0, 4, 7]
   * ```
   */
  stream(options: EncodeStreamOptions = {}): LinesStream {
    this.#core.check();
    const [runtime, core, format] = [this.#runtime, this.#core, this.#built.format];
    return openStream({ runtime, core, format, keepsControls: !this.options.cleanText }, options);
  }

  /**
   * Returns the tokens of a text, without `[CLS]` and `[SEP]`.
   *
   * @throws BertieError "input/not-text", "input/too-large"
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nwor\n##ld\n!");
   * console.log(tokenizer.tokenize("World!")); // ["wor", "##ld", "!"]
   * ```
   */
  tokenize(text: string): string[] {
    const options = { addSpecialTokens: false, offsets: false, truncation: false, padding: false } as const;
    return this.encode(text, options).tokens;
  }

  /**
   * Joins the tokens with these ids into a text. Ids that are not in the vocabulary become `[UNK]`, or are omitted with
   * `cleanUp: "tokenizers"`.
   *
   * @throws BertieError "options/…" if an option is invalid
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nwor\n##ld\n!");
   * const { ids } = tokenizer.encode("World!");
   * console.log(tokenizer.decode(ids)); // "[CLS] world! [SEP]"
   * console.log(tokenizer.decode(ids, { skipSpecialTokens: true })); // "world!"
   * ```
   */
  decode(ids: Iterable<number>, given?: DecodeOptions & HuggingFaceDecodeOptions): string {
    const options = readDecodeOptions(given);
    this.#core.check();
    return decodeIds(ids, options, this.#built.decoding);
  }

  /**
   * Returns the token with this id; undefined if the vocabulary has no such id.
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello");
   * console.log(tokenizer.idToToken(4)); // "hello"
   * ```
   */
  idToToken(id: number): string | undefined {
    return this.#built.tokens.tokenOf(id);
  }

  /**
   * Returns the id of a token; undefined if the vocabulary does not contain the token.
   *
   * @example
   * ```ts
   * import { BertTokenizer } from "@bertie/tokenizer-wasm";
   *
   * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello");
   * console.log(tokenizer.tokenToId("hello"), tokenizer.tokenToId("world")); // 4 undefined
   * ```
   */
  tokenToId(token: string): number | undefined {
    return this.#built.tokens.idOf(token);
  }

  /**
   * Frees the tokenizer's memory immediately instead of at garbage collection. Equal tokenizers share memory, and are not
   * affected. Afterwards, all methods throw a BertieError "tokenizer/disposed"; disposing again has no effect.
   */
  [Symbol.dispose](): void {
    this.#core.free();
    this.#wordCore?.free();
  }

  /** Returns a tokenizer that encodes words as single tokens, if they cannot be told by the prefix of continuations. */
  #words(): Core | undefined {
    const { wordPiece, recognized } = this.#built;
    if (needsWordCore(wordPiece, this.addedTokens))
      this.#wordCore ??= createWordCore(this.#runtime, this.#core, this.options, wordPiece, recognized);
    return this.#wordCore;
  }
}
