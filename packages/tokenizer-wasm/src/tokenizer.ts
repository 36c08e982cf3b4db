import { type AddedToken, BertieError } from "@bertie/common";
import {
  type BatchEncoding,
  type BatchItem,
  type BatchOptions,
  encodeItems,
  type RaggedBatchEncoding,
} from "./batch.ts";
import { type Core, createCore } from "./core.ts";
import type { VocabularyText } from "./core-source.ts";
import { type DecodeOptions, joinTokens } from "./decode.ts";
import { buildEncoding, type EncodeOptions, type Encoding, type SpecialIds } from "./encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "./lines.ts";
import { load } from "./load.ts";
import { packOptions, type ResolvedOptions, resolveOptions, type TokenizerOptions } from "./options.ts";
import type { Runtime } from "./runtime.ts";
import { readTokenizerJson, type TokenizerJson } from "./tokenizer-json.ts";
import { encodeTexts, shrink } from "./wasm.ts";

const REQUIRED = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"];
const SPECIAL_TOKENS = [...REQUIRED, "[MASK]"];
const MAX_WARNINGS = 20;

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
  /** Id of `[CLS]`. */
  readonly clsTokenId: number;
  /** Id of `[SEP]`. */
  readonly sepTokenId: number;
  /** Id of `[PAD]`. */
  readonly padTokenId: number;
  /** Id of `[MASK]`; undefined if the vocabulary has no `[MASK]`. */
  readonly maskTokenId: number | undefined;

  readonly #runtime: Runtime;
  readonly #core: Core;
  readonly #special: SpecialIds;
  readonly #addedTokens: ReadonlyMap<number, string>;

  private constructor(
    runtime: Runtime,
    vocabulary: VocabularyText,
    addedTokens: readonly AddedToken[],
    options: ResolvedOptions,
    warnings: readonly string[] = [],
  ) {
    this.options = options;
    this.addedTokens = addedTokens;
    this.#addedTokens = new Map(addedTokens.map(({ id, content }) => [id, content]));
    this.#runtime = runtime;
    const tokens = { special: SPECIAL_TOKENS, added: addedTokens.filter((token) => isFound(token, options)) };
    this.#core = createCore(runtime, vocabulary, packOptions(options), options.maxInputCharsPerWord, tokens);
    const missing = REQUIRED.filter((token) => this.#core.id(token) === undefined);
    if (missing.length > 0) {
      const size = this.#core.size();
      this.#core.free();
      throw new BertieError(
        "vocabulary/missing-token",
        `the vocabulary has ${size} tokens but lacks ${missing.join(", ")}. Check that it is the vocab.txt of a BERT model.`,
      );
    }
    const [unk, cls, sep, pad] = REQUIRED.map((token) => this.#core.id(token)!) as [number, number, number, number];
    this.#special = { unk, cls, sep, pad };
    this.unkTokenId = unk;
    this.clsTokenId = cls;
    this.sepTokenId = sep;
    this.padTokenId = pad;
    this.maskTokenId = this.#core.id("[MASK]");
    this.vocabSize = addedTokens.reduce((size, { id }) => Math.max(size, id + 1), this.#core.size());
    this.warnings = [...warnings, ...this.#describeDuplicates()];
  }

  /**
   * Creates a tokenizer from a `vocab.txt`, which has one token per line.
   *
   * @param vocabulary contents of the file, as text or as UTF-8 bytes
   * @param addedTokens tokens to recognize in the text before it is split into words, as in Hugging Face's tokenizers
   * @throws BertieError "vocabulary/missing-token" if `[UNK]`, `[CLS]`, `[SEP]` or `[PAD]` is missing,
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
    options: TokenizerOptions = {},
    addedTokens: readonly AddedToken[] = [],
  ): Promise<BertTokenizer> {
    const resolved = resolveOptions(options);
    return new BertTokenizer(await load(), { text: vocabulary, verbatim: false }, addedTokens, resolved);
  }

  /**
   * Creates a tokenizer from a Hugging Face `tokenizer.json`. `options` override the options in the file.
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
   *   model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, hello: 4 } },
   * });
   * console.log(tokenizer.encode("Hello").ids); // [2, 4, 3]
   * ```
   */
  static async fromTokenizerJson(json: string | TokenizerJson, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { tokens, addedTokens, options: fileOptions } = readTokenizerJson(json);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const resolved = resolveOptions({ ...fileOptions, ...given });
    const vocabulary = { text: tokens.map((token) => `${token}\n`).join(""), verbatim: true };
    return new BertTokenizer(await load(), vocabulary, addedTokens, resolved);
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
  static async fromPretrained(directory: string, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { readPretrained } = await import("./pretrained.node.ts");
    const { bytes, lowerCase, isCased, tokenizer, warnings } = await readPretrained(directory);
    const { addedTokens = [], ...settings } = tokenizer;
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const resolved = resolveOptions({ lowercase: lowerCase ?? !isCased, ...settings, ...given });
    const isGuess = lowerCase === undefined && options.lowercase === undefined;
    const guess = `${directory}: no file specifies whether texts are lowercased. They are ${isCased ? "not " : ""}lowercased. Set the option lowercase.`;
    const notes = isGuess ? [...warnings, guess] : warnings;
    return new BertTokenizer(await load(), { text: bytes, verbatim: false }, addedTokens, resolved, notes);
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
  encode(text: string, options: EncodeOptions = {}): Encoding {
    // Copy the options first, because a getter that is called later could use this package while its memory is in use.
    const { pair, maxLength, truncation, padding, stride, addSpecialTokens, offsets = true } = options;
    const copy: EncodeOptions = { maxLength, truncation, padding, stride, addSpecialTokens, offsets: Boolean(offsets) };
    const texts = pair === undefined ? [text] : [text, pair];
    if (texts.some((given: unknown) => typeof given !== "string"))
      throw new BertieError("input/not-text", "the text or its pair is not a string. Pass a string for each.");
    const whole = { frame: undefined, maxLength: Number.POSITIVE_INFINITY, spans: Boolean(offsets) };
    const rows = encodeTexts(this.#runtime, this.#core, texts, whole);
    const encoding = buildEncoding(rows, copy, this.#special, (id) => this.idToToken(id)!);
    shrink(this.#runtime);
    return encoding;
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
  encodeBatch(items: readonly BatchItem[], options: BatchOptions & { readonly padding: false }): RaggedBatchEncoding;
  encodeBatch(
    items: readonly BatchItem[],
    options?: BatchOptions & { readonly padding?: true | "longest" | "maxLength" | undefined },
  ): BatchEncoding;
  encodeBatch(items: readonly BatchItem[], options: BatchOptions = {}): BatchEncoding | RaggedBatchEncoding {
    return encodeItems(this.#runtime, this.#core, items, options, this.#special);
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
  encodeLines(bytes: Uint8Array, options: EncodeLinesOptions = {}): Lines {
    this.#core.check();
    return encodeAllLines(this.#runtime, this.#core, bytes, options, this.#special);
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
    return this.encode(text, { addSpecialTokens: false, offsets: false }).tokens;
  }

  /**
   * Joins the tokens with these ids into a text. Ids that are not in the vocabulary become `[UNK]`.
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
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    this.#core.check();
    const added = this.addedTokens.filter(({ special }) => special).map(({ content }) => content);
    const special = new Set(options.skipSpecialTokens ? [...SPECIAL_TOKENS, ...added] : []);
    const tokens = Array.from(ids, (id) => this.idToToken(id) ?? "[UNK]").filter((token) => !special.has(token));
    return joinTokens(tokens, options.cleanUp ?? true);
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
    const token = this.#core.token(id);
    const isInRange = Number.isInteger(id) && id >= 0 && id < this.vocabSize;
    // Between the vocabulary and the last added token, there may be ids without a token.
    return this.#addedTokens.get(id) ?? token ?? (isInRange ? "" : undefined);
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
    const id = this.#core.id(token);
    // An added token may replace a token of the vocabulary, and the vocabulary may have empty lines.
    if (token === "" || (id !== undefined && this.idToToken(id) !== token)) return this.#lastId(token);
    const added = [...this.#addedTokens].filter(([, content]) => content === token).map(([added]) => added);
    return added.length > 0 ? Math.max(...added, id ?? 0) : id;
  }

  #lastId(token: string): number | undefined {
    for (let id = this.vocabSize - 1; id >= 0; id--) if (this.idToToken(id) === token) return id;
    return undefined;
  }

  /**
   * Frees the tokenizer's memory immediately instead of at garbage collection. Equal tokenizers share memory, and are not
   * affected. Afterwards, all methods throw a BertieError "tokenizer/disposed"; disposing again has no effect.
   */
  [Symbol.dispose](): void {
    this.#core.free();
  }

  #describeDuplicates(): string[] {
    const duplicates = this.#core.duplicates();
    const count = duplicates.length / 2;
    const warnings = Array.from({ length: Math.min(count, MAX_WARNINGS) }, (_, i) => {
      const [earlier, later] = [duplicates[2 * i]!, duplicates[2 * i + 1]!];
      return `vocabulary: lines ${earlier + 1} and ${later + 1} are both "${this.idToToken(later)}". The last one is used.`;
    });
    if (count > MAX_WARNINGS)
      warnings.push(`vocabulary: further duplicate tokens: ${count - MAX_WARNINGS}. The last one of each is used.`);
    return warnings;
  }
}

/**
 * Returns whether a token is looked for in the text. The tokens of BERT follow the rule for special tokens, and the others
 * are found everywhere.
 */
function isFound({ content, special }: AddedToken, { specialTokens }: ResolvedOptions): boolean {
  if (specialTokens === "none") return !special;
  return specialTokens === "everywhere" || !SPECIAL_TOKENS.includes(content);
}
