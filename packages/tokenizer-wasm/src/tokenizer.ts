import { type AddedToken, BertieError } from "@bertie/common";
import {
  type BatchEncoding,
  type BatchItem,
  type BatchOptions,
  encodeItems,
  type RaggedBatchEncoding,
} from "./batch.ts";
import { cleanText, type DecodeOptions, joinTokens } from "./decode.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import { buildEncoding, type EncodeOptions, type Encoding } from "./encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "./lines.ts";
import { type ResolvedOptions, resolveOptions, type TokenizerOptions } from "./options.ts";
import {
  BERT_TOKENS,
  bertTemplate,
  formatOf,
  type NamedTemplate,
  type RowFormat,
  type RowTemplate,
  resolveTemplate,
  type SpecialTokenNames,
} from "./template.ts";
import { listTokens, type TokenList } from "./token-list.ts";
import type { Decoder } from "./tokenizer-json/decoder.ts";
import { readTokenizerJson, type TokenizerJson } from "./tokenizer-json/read.ts";
import {
  type Core,
  createCore,
  encodeTexts,
  load,
  type RecognizedTokens,
  type Runtime,
  shrink,
  type VocabularyText,
} from "./wasm.ts";
import { createWordCore, type WordSpans } from "./word-ids.ts";
import { BERT_WORD_PIECE, isPrefixUnambiguous, type WordPieceSettings } from "./word-piece.ts";

const MAX_WARNINGS = 20;
/** Tokens that follow the rule for special tokens if a tokenizer.json adds them. It finds other added tokens everywhere. */
const BERT_NAMES: ReadonlySet<string> = new Set(Object.values(BERT_TOKENS));

/** Everything that a tokenizer is created from. */
type TokenizerParts = {
  readonly vocabulary: VocabularyText;
  readonly addedTokens: readonly AddedToken[];
  readonly options: ResolvedOptions;
  readonly warnings?: readonly string[];
  /** Texts of the tokens with a special meaning (default: BERT's). */
  readonly names?: SpecialTokenNames;
  /** Rows (default: BERT's). */
  readonly template?: NamedTemplate;
  readonly defaults?: TokenizerDefaults;
  /** Special tokens that are recognized in texts (default: the ones with a special meaning). */
  readonly recognized?: readonly string[];
  readonly wordPiece?: WordPieceSettings;
  /** Decoder (default: WordPiece's); null to join tokens by spaces. */
  readonly decoder?: Decoder | null;
};

/**
 * BERT's WordPiece tokenizer. It returns the same ids as the original `tokenization.py` (2018, pytorch-pretrained-bert
 * 0.6.2) and uses the tables of one Unicode version on all platforms.
 *
 * The memory of a tokenizer is freed when the tokenizer is garbage-collected, so you need not free it explicitly.
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
  readonly #names: SpecialTokenNames;
  readonly #format: RowFormat;
  readonly #wordPiece: WordPieceSettings;
  readonly #decoder: Decoder | null;
  readonly #recognized: RecognizedTokens;
  /** Whether the prefix of continuations may also start a word. */
  readonly #hasPrefixedWords: boolean;
  #tokenList: TokenList | undefined;
  #words: Core | undefined;

  private constructor(runtime: Runtime, parts: TokenizerParts) {
    const { vocabulary, addedTokens, options, names = BERT_TOKENS } = parts;
    this.options = options;
    this.addedTokens = addedTokens;
    this.defaults = parts.defaults ?? {};
    this.#runtime = runtime;
    this.#names = names;
    const { recognized: special = Object.values(names), wordPiece = BERT_WORD_PIECE } = parts;
    const { continuationPrefix: prefix } = wordPiece;
    this.#wordPiece = wordPiece;
    this.#decoder = parts.decoder === undefined ? { prefix, cleanUp: true } : parts.decoder;
    this.#recognized = { special, added: addedTokens.filter((token) => isFound(token, special, options)) };
    this.#hasPrefixedWords =
      !isPrefixUnambiguous(wordPiece) || addedTokens.some(({ content }) => content.startsWith(prefix));
    this.#core = createCore(runtime, vocabulary, options, wordPiece, this.#recognized);
    const idOf = (token: string) => this.#core.id(token) ?? addedTokens.find(({ content }) => content === token)?.id;
    const template = parts.template ?? bertTemplate(names);
    this.#checkTokens([names.unk, ...tokensOf(template)], idOf);
    this.template = resolveTemplate(template, (token) => idOf(token)!);
    this.unkTokenId = idOf(names.unk)!;
    this.clsTokenId = idOf(names.cls);
    this.sepTokenId = idOf(names.sep);
    this.padTokenId = this.defaults.padTokenId ?? idOf(names.pad) ?? 0;
    this.maskTokenId = idOf(names.mask);
    this.#format = formatOf(this.template, this.padTokenId, this.defaults.padTypeId ?? 0);
    this.vocabSize = addedTokens.reduce((size, { id }) => Math.max(size, id + 1), this.#core.size());
    const padding = `vocabulary: ${names.pad} is missing. Rows are padded with the id 0.`;
    const hasPadding = (this.defaults.padTokenId ?? idOf(names.pad)) !== undefined;
    this.warnings = [...(parts.warnings ?? []), ...(hasPadding ? [] : [padding]), ...this.#describeDuplicates()];
  }

  /** Checks that the vocabulary contains tokens. */
  #checkTokens(tokens: readonly string[], idOf: (token: string) => number | undefined): void {
    const missing = [...new Set(tokens)].filter((token) => idOf(token) === undefined);
    if (missing.length === 0) return;
    throw new BertieError(
      "vocabulary/missing-token",
      `the vocabulary has ${this.#core.size()} tokens but lacks ${missing.join(", ")}. Check that it is the vocab.txt of a BERT model.`,
    );
  }

  /**
   * Creates a tokenizer from a `vocab.txt`, which has one token per line.
   *
   * @param vocabulary contents of the file, as text or as UTF-8 bytes
   * @param addedTokens tokens to recognize in the text before it is split into words, as in Hugging Face's tokenizers
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
    options: TokenizerOptions = {},
    addedTokens: readonly AddedToken[] = [],
  ): Promise<BertTokenizer> {
    const resolved = resolveOptions(options);
    const text = { text: vocabulary, verbatim: false };
    return new BertTokenizer(await load(), { vocabulary: text, addedTokens, options: resolved });
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
  static async fromTokenizerJson(json: string | TokenizerJson, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { tokens, options: fileOptions, ...parts } = readTokenizerJson(json);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const resolved = resolveOptions({ ...fileOptions, ...given });
    const vocabulary = { text: tokens.map((token) => `${token}\n`).join(""), verbatim: true };
    const recognized = parts.addedTokens.map(({ content }) => content).filter((token) => BERT_NAMES.has(token));
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
  static async fromPretrained(directory: string, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { readPretrained } = await import("./pretrained.node.ts");
    const { bytes, lowerCase, isCased, tokenizer, warnings } = await readPretrained(directory);
    const { addedTokens = [], ...settings } = tokenizer;
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const resolved = resolveOptions({ lowercase: lowerCase ?? !isCased, ...settings, ...given });
    const isGuess = lowerCase === undefined && options.lowercase === undefined;
    const guess = `${directory}: no file specifies whether texts are lowercased. They are ${isCased ? "not " : ""}lowercased. Set the option lowercase.`;
    const notes = isGuess ? [...warnings, guess] : warnings;
    const vocabulary = { text: bytes, verbatim: false };
    return new BertTokenizer(await load(), { vocabulary, addedTokens, options: resolved, warnings: notes });
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
    const { tokens } = this.#tokens();
    const whole = { frame: undefined, maxLength: Number.POSITIVE_INFINITY, spans: Boolean(offsets) };
    const words = whole.spans ? this.#wordSpans(texts) : undefined;
    const rows = encodeTexts(this.#runtime, this.#core, texts, whole);
    const { continuationPrefix: prefix } = this.#wordPiece;
    const encoding = buildEncoding(rows, copy, this.#format, { tokenOf: (id) => tokens[id]!, prefix, words });
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
    return encodeItems(this.#runtime, this.#core, items, options, this.#format);
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
    return encodeAllLines(this.#runtime, this.#core, bytes, options, this.#format);
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
   * Joins the tokens with these ids into a text. Ids that are not in the vocabulary become `[UNK]`, or are omitted with
   * `cleanUp: "tokenizers"`.
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
    const { skipSpecialTokens = false, cleanUp = true } = options;
    const { tokens } = this.#tokens();
    const added = this.addedTokens.filter(({ special }) => special);
    if (cleanUp === "tokenizers") {
      const special = new Set(added.map(({ content }) => content));
      const known = Array.from(ids, (id) => tokens[id]).filter((token) => token !== undefined);
      const kept = skipSpecialTokens ? known.filter((token) => !special.has(token)) : known;
      return joinTokens(kept, this.#decoder?.prefix, this.#decoder?.cleanUp);
    }
    const special = new Set([
      ...Object.values(this.#names).map((name) => this.tokenToId(name)),
      ...added.map(({ id }) => id),
    ]);
    const kept = Array.from(ids).filter((id) => !skipSpecialTokens || !special.has(id));
    const prefix = this.#wordPiece.continuationPrefix || this.#decoder?.prefix;
    const text = joinTokens(
      kept.map((id) => tokens[id] ?? this.#names.unk),
      prefix,
    );
    return cleanUp ? cleanText(text) : text;
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
    return this.#tokens().tokens[id];
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
    return this.#tokens().ids.get(token);
  }

  /** Frees the tokenizer's memory immediately instead of at garbage collection. Encoding afterwards throws. */
  [Symbol.dispose](): void {
    this.#core.free();
    this.#words?.free();
  }

  /** Returns the vocabulary as JavaScript strings, which are created on first use. */
  #tokens(): TokenList {
    this.#tokenList ??= listTokens(this.#core, this.addedTokens, this.vocabSize);
    return this.#tokenList;
  }

  /** Returns the words of texts, unless the prefix of continuations tells the words. */
  #wordSpans(texts: readonly string[]): WordSpans | undefined {
    if (this.#hasPrefixedWords === false) return undefined;
    this.#words ??= createWordCore(this.#runtime, this.#core, this.options, this.#wordPiece, this.#recognized);
    const whole = { frame: undefined, maxLength: Number.POSITIVE_INFINITY, spans: true };
    const { spans, rowEnds } = encodeTexts(this.#runtime, this.#words, texts, whole);
    return { spans: spans.slice(), rowEnds: rowEnds.slice() };
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
 * Returns whether a token is looked for in the text. The tokenizer's own tokens follow the rule for special tokens, and the others
 * are found everywhere.
 */
function isFound(
  { content, special }: AddedToken,
  ownTokens: readonly string[],
  { specialTokens }: ResolvedOptions,
): boolean {
  if (specialTokens === "none") return !special;
  return specialTokens === "everywhere" || !ownTokens.includes(content);
}

/** Returns the special tokens that a template names. */
function tokensOf({ single, pair }: NamedTemplate): string[] {
  return [...single, ...pair].flatMap((piece) => ("token" in piece ? [piece.token] : []));
}
