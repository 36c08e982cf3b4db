import { BertieError } from "@bertie/common";
import {
  type BatchEncoding,
  type BatchItem,
  type BatchOptions,
  encodeItems,
  type RaggedBatchEncoding,
} from "./batch.ts";
import { type DecodeOptions, joinTokens } from "./decode.ts";
import { buildEncoding, type EncodeOptions, type Encoding, type SpecialIds } from "./encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "./lines.ts";
import { packOptions, type ResolvedOptions, resolveOptions, type TokenizerOptions } from "./options.ts";
import { readTokenizerJson, type TokenizerJson } from "./tokenizer-json.ts";
import { type Core, createCore, encodeTexts, load, type Runtime, shrink, type VocabularyText } from "./wasm.ts";

const REQUIRED = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"];
const SPECIAL_TOKENS = [...REQUIRED, "[MASK]"];
const MOST_WARNINGS = 20;

/**
 * BERT's WordPiece tokenizer: the same ids as the 2018 script's `tokenization.py` (pytorch-pretrained-bert 0.6.2), with
 * the Unicode tables of one pinned version.
 *
 * There is nothing to free: a tokenizer's memory is given back when it is garbage.
 */
export class BertTokenizer {
  /** The options that are in force. */
  readonly options: ResolvedOptions;
  /** What was odd about the vocabulary, a line for every find; empty if all is well. */
  readonly warnings: readonly string[];
  readonly vocabSize: number;
  readonly unkTokenId: number;
  readonly clsTokenId: number;
  readonly sepTokenId: number;
  readonly padTokenId: number;
  /** Undefined where the vocabulary has no `[MASK]`. */
  readonly maskTokenId: number | undefined;

  readonly #runtime: Runtime;
  readonly #core: Core;
  readonly #special: SpecialIds;
  #vocabulary: Vocabulary | undefined;

  private constructor(
    runtime: Runtime,
    vocabulary: VocabularyText,
    addedTokens: readonly string[],
    options: ResolvedOptions,
  ) {
    const specialTokens = [...new Set([...SPECIAL_TOKENS, ...addedTokens])];
    this.options = options;
    this.#runtime = runtime;
    this.#core = createCore(runtime, vocabulary, packOptions(options), options.maxInputCharsPerWord, specialTokens);
    const missing = REQUIRED.filter((token) => this.#core.id(token) === undefined);
    if (missing.length > 0) {
      throw new BertieError(
        "vocabulary/missing-token",
        `the vocabulary has ${this.#core.size()} tokens, but no ${missing.join(", ")}: is it a BERT vocab.txt?`,
      );
    }
    const [unk, cls, sep, pad] = REQUIRED.map((token) => this.#core.id(token)!) as [number, number, number, number];
    this.#special = { unk, cls, sep, pad };
    this.unkTokenId = unk;
    this.clsTokenId = cls;
    this.sepTokenId = sep;
    this.padTokenId = pad;
    this.maskTokenId = this.#core.id("[MASK]");
    this.vocabSize = this.#core.size();
    this.warnings = this.#describeDuplicates();
  }

  /**
   * Makes a tokenizer from a `vocab.txt`: a token a line, as text or as UTF-8.
   *
   * @throws BertieError "vocabulary/missing-token", "vocabulary/invalid-utf8", "vocabulary/too-large", "options/…"
   */
  static async fromVocab(vocabulary: string | Uint8Array, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const resolved = resolveOptions(options);
    return new BertTokenizer(await load(), { text: vocabulary, verbatim: false }, [], resolved);
  }

  /**
   * Makes a tokenizer from a Hugging Face `tokenizer.json`, as text or parsed. Options given here win over those in it.
   *
   * @throws BertieError "tokenizer/unsupported" where the file asks for another kind of tokenizer than BERT's,
   * "tokenizer/invalid-json", "tokenizer/too-large"
   */
  static async fromTokenizerJson(json: string | TokenizerJson, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { tokens, addedTokens, options: own } = readTokenizerJson(json);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const resolved = resolveOptions({ ...own, ...given });
    const vocabulary = { text: tokens.map((token) => `${token}\n`).join(""), verbatim: true };
    return new BertTokenizer(await load(), vocabulary, addedTokens, resolved);
  }

  /**
   * Makes a tokenizer from a model's folder on disk (Node, Deno, Bun): from its `tokenizer.json`, or else from its
   * `vocab.txt` and, where there is one, `tokenizer_config.json`. Options given here win over those in the folder.
   */
  static async fromPretrained(directory: string, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const { readPretrained } = await import("./pretrained.node.ts");
    const found = await readPretrained(directory);
    if ("json" in found) return BertTokenizer.fromTokenizerJson(found.json, options);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    return BertTokenizer.fromVocab(found.vocabulary, { ...found.options, ...given });
  }

  get lowercase(): boolean {
    return this.options.lowercase;
  }

  get stripAccents(): boolean {
    return this.options.stripAccents;
  }

  /**
   * Encodes a text, or a pair of texts. Lone surrogates count as U+FFFD.
   *
   * @throws BertieError "input/not-text", "input/too-large", "options/…"
   */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    // As they are now: a getter, asked later, could call this package while its memory is in use.
    const { pair, maxLength, truncation, padding, stride, addSpecialTokens, offsets = true } = options;
    const own: EncodeOptions = { maxLength, truncation, padding, stride, addSpecialTokens, offsets: Boolean(offsets) };
    const texts = pair === undefined ? [text] : [text, pair];
    if (texts.some((given: unknown) => typeof given !== "string"))
      throw new BertieError("input/not-text", "what is given as text is no string");
    const { tokens } = this.#tokens();
    const whole = { frame: undefined, maxLength: Number.POSITIVE_INFINITY, spans: Boolean(offsets) };
    const rows = encodeTexts(this.#runtime, this.#core, texts, whole);
    const encoding = buildEncoding(rows, own, this.#special, (id) => tokens[id]!);
    shrink(this.#runtime);
    return encoding;
  }

  /**
   * Encodes many texts, or pairs of texts, into flat arrays of shape [size, length], or with `padding: false` into rows as
   * long as they are.
   */
  encodeBatch(items: readonly BatchItem[], options: BatchOptions & { readonly padding: false }): RaggedBatchEncoding;
  encodeBatch(
    items: readonly BatchItem[],
    options?: BatchOptions & { readonly padding?: true | "longest" | "maxLength" | undefined },
  ): BatchEncoding;
  encodeBatch(items: readonly BatchItem[], options: BatchOptions = {}): BatchEncoding | RaggedBatchEncoding {
    return encodeItems(this.#runtime, this.#core, items, options, this.#special);
  }

  /** Encodes UTF-8 text, a row a line: the fastest way through a corpus. Lines end with a line feed. */
  encodeLines(bytes: Uint8Array, options: EncodeLinesOptions = {}): Lines {
    return encodeAllLines(this.#runtime, this.#core, bytes, options, this.#special);
  }

  /** The tokens of a text, without `[CLS]` and `[SEP]`. */
  tokenize(text: string): string[] {
    return this.encode(text, { addSpecialTokens: false, offsets: false }).tokens;
  }

  /** Joins the tokens of these ids to a text. Ids that are not in the vocabulary are read as `[UNK]`. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const special = new Set(options.skipSpecialTokens ? SPECIAL_TOKENS : []);
    const tokens = Array.from(ids, (id) => this.idToToken(id) ?? "[UNK]").filter((token) => !special.has(token));
    return joinTokens(tokens, options.cleanUp ?? true);
  }

  idToToken(id: number): string | undefined {
    return this.#tokens().tokens[id];
  }

  /** The id of a token that stands in the vocabulary. */
  tokenToId(token: string): number | undefined {
    return this.#tokens().ids.get(token);
  }

  /** Gives the memory back now. Not needed; what is called afterwards throws. */
  [Symbol.dispose](): void {
    this.#core.free();
  }

  /** The vocabulary as JavaScript sees it, made when it is first asked for. */
  #tokens(): Vocabulary {
    if (this.#vocabulary === undefined) {
      const tokens = this.#core.vocabulary().split("\n").slice(0, -1);
      this.#vocabulary = { tokens, ids: new Map(tokens.map((token, id) => [token, id])) };
    }
    return this.#vocabulary;
  }

  #describeDuplicates(): string[] {
    const duplicates = this.#core.duplicates();
    const count = duplicates.length / 2;
    const warnings = Array.from({ length: Math.min(count, MOST_WARNINGS) }, (_, i) => {
      const [earlier, later] = [duplicates[2 * i]!, duplicates[2 * i + 1]!];
      return `vocabulary: lines ${earlier + 1} and ${later + 1} both are "${this.idToToken(later)}"; the last counts`;
    });
    if (count > MOST_WARNINGS) warnings.push(`vocabulary: ${count - MOST_WARNINGS} more tokens are there twice`);
    return warnings;
  }
}

type Vocabulary = { readonly tokens: readonly string[]; readonly ids: ReadonlyMap<string, number> };
