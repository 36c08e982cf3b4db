import { BertieError } from "@bertie/common";
import type { BatchEncoding, BertTokenizer } from "@bertie/tokenizer-wasm";
import { PreTrainedTokenizer, Tensor } from "@huggingface/transformers";

/** Options of {@link transformersTokenizer}. */
export type TransformersTokenizerOptions = {
  /**
   * Maximum number of tokens of the model, to which texts are truncated if `truncation` is set and `max_length` is not:
   * `model_max_length` of tokenizer_config.json, or `max_position_embeddings` of config.json.
   */
  readonly modelMaxLength: number;
  /**
   * Whether to return `token_type_ids` by default. Models such as DistilBERT have none.
   *
   * @default true
   */
  readonly returnTokenTypeIds?: boolean | undefined;
};

type Call = PreTrainedTokenizer["_call"];
type CallOptions = NonNullable<Parameters<Call>[1]>;

/**
 * Returns a tokenizer for pipelines and models of transformers.js (`@huggingface/transformers`), which encodes texts with a
 * {@link BertTokenizer}. It takes the place of the result of `AutoTokenizer.from_pretrained()`, and is an instance of
 * `PreTrainedTokenizer`.
 *
 * A truncated text keeps its final `[SEP]`, and the longer text of a pair is truncated first, as in Python's transformers.
 * transformers.js cuts off the end, with `[SEP]`. With `clean_up_tokenization_spaces: false`, `decode()` keeps all spaces,
 * while transformers.js still removes some.
 *
 * @throws BertieError "options/value" if `modelMaxLength` is not a positive integer; calls throw "options/padding" if rows
 * of different lengths are to become a tensor, "options/truncation", "options/max-length" or "input/not-text"
 *
 * @example
 * ```ts
 * import { transformersTokenizer } from "@bertie/adapters/transformers-js";
 * import { BertTokenizer } from "@bertie/tokenizer-wasm";
 *
 * const own = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
 * const tokenizer = transformersTokenizer(own, { modelMaxLength: 512 });
 * const { input_ids } = tokenizer(["The room was clean.", "Cold."], { padding: true, truncation: true });
 * console.log(input_ids.dims, input_ids.type); // [ 2, 7 ] int64
 * ```
 */
export function transformersTokenizer(
  tokenizer: BertTokenizer,
  options: TransformersTokenizerOptions,
): PreTrainedTokenizer {
  const { modelMaxLength, returnTokenTypeIds = true } = options;
  if (!(Number.isSafeInteger(modelMaxLength) && modelMaxLength > 0)) {
    const text = `modelMaxLength is ${String(modelMaxLength)}: expected a positive integer, such as 512. Use max_position_embeddings of the model's config.json.`;
    throw new BertieError("options/value", text);
  }
  return new AdaptedTokenizer(tokenizer, modelMaxLength, returnTokenTypeIds);
}

class AdaptedTokenizer extends PreTrainedTokenizer {
  readonly #tokenizer: BertTokenizer;

  constructor(tokenizer: BertTokenizer, modelMaxLength: number, returnTokenTypeIds: boolean) {
    const special = specialTokensOf(tokenizer);
    super(tokenizerJson(special), tokenizerConfig(special, modelMaxLength));
    this.#tokenizer = tokenizer;
    this.return_token_type_ids = returnTokenTypeIds;
  }

  override _call<TText extends string | string[], TReturnTensor extends boolean = true>(
    text: TText,
    options?: Parameters<typeof PreTrainedTokenizer.prototype._call<TText, TReturnTensor>>[1],
  ): ReturnType<typeof PreTrainedTokenizer.prototype._call<TText, TReturnTensor>> {
    const settings = (options ?? {}) as CallOptions;
    const { add_special_tokens = true, padding = false, return_tensor = true } = settings;
    const limit = this.#maxLength(settings);
    const batch = this.#tokenizer.encodeBatch(itemsOf(text, settings.text_pair), {
      addSpecialTokens: add_special_tokens,
      truncation: limit.truncation,
      maxLength: Number.isFinite(limit.maxLength) ? limit.maxLength : undefined,
      padding: padding === "max_length" ? "maxLength" : true,
    });
    const withTypes = settings.return_token_type_ids ?? this.return_token_type_ids;
    const fields = {
      input_ids: batch.ids,
      attention_mask: batch.attentionMask,
      ...(withTypes && { token_type_ids: batch.typeIds }),
    };
    const keepsPadding = padding !== false;
    const convert = return_tensor
      ? (values: Int32Array) => toTensor(values, batch, keepsPadding)
      : (values: Int32Array) => toRows(values, batch, keepsPadding, Array.isArray(text));
    const entries = Object.entries(fields).map(([name, values]) => [name, convert(values)]);
    return Object.fromEntries(entries) as ReturnType<Call> as ReturnType<
      typeof PreTrainedTokenizer.prototype._call<TText, TReturnTensor>
    >;
  }

  /** Returns the tokens of a text; null for null. */
  override _encode_text(text: string | null): string[] | null {
    return text === null ? null : this.#tokenizer.tokenize(text);
  }

  override tokenize(
    text: string,
    { pair = null, add_special_tokens = false }: { pair?: string | null; add_special_tokens?: boolean } = {},
  ): string[] {
    const options = { pair: pair ?? undefined, addSpecialTokens: add_special_tokens, offsets: false };
    return this.#tokenizer.encode(text, options).tokens;
  }

  override encode(
    text: string,
    { text_pair = null, add_special_tokens = true }: { text_pair?: string | null; add_special_tokens?: boolean } = {},
  ): number[] {
    const options = { pair: text_pair ?? undefined, addSpecialTokens: add_special_tokens, offsets: false };
    return this.#tokenizer.encode(text, options).ids;
  }

  override decode_single(
    ids: number[] | bigint[],
    options: { skip_special_tokens?: boolean; clean_up_tokenization_spaces?: boolean | null } = {},
  ): string {
    return this.#tokenizer.decode(Array.from(ids, Number), {
      skipSpecialTokens: options.skip_special_tokens,
      cleanUp: options.clean_up_tokenization_spaces ?? true,
    });
  }

  override get_vocab(): Map<string, number> {
    const tokens = Array.from({ length: this.#tokenizer.vocabSize }, (_, id) => this.#tokenizer.idToToken(id)!);
    return new Map(tokens.map((token, id) => [token, id]));
  }

  override convert_tokens_to_ids<T extends string | string[]>(tokens: T): T extends string ? number : number[] {
    const idOf = (token: string) => this.#tokenizer.tokenToId(token);
    const ids = typeof tokens === "string" ? idOf(tokens) : tokens.map(idOf);
    return ids as T extends string ? number : number[];
  }

  /** Returns the maximum length and whether to truncate, by the rules of transformers.js. */
  #maxLength({ max_length = null, truncation = null, padding = false }: CallOptions) {
    const most: number = this.model_max_length;
    if (max_length === null) return { maxLength: most, truncation: truncation ?? false };
    // Without `truncation`, `max_length` is ignored if rows are padded to the longest, and implies truncation otherwise.
    if (truncation === null && padding === true) return { maxLength: most, truncation: false };
    return { maxLength: Math.min(max_length, most), truncation: truncation ?? padding === false };
  }
}

type SpecialTokens = { readonly [name: string]: { readonly id: number; readonly content: string } };

function specialTokensOf(tokenizer: BertTokenizer): SpecialTokens {
  const { unkTokenId, clsTokenId, sepTokenId, padTokenId, maskTokenId } = tokenizer;
  const ids = {
    unk_token: unkTokenId,
    cls_token: clsTokenId,
    sep_token: sepTokenId,
    pad_token: padTokenId,
    mask_token: maskTokenId,
  };
  const known = Object.entries(ids).flatMap(([name, id]) => {
    const content = id === undefined ? undefined : tokenizer.idToToken(id);
    return id === undefined || content === undefined ? [] : [[name, { id, content }] as const];
  });
  return Object.fromEntries(known);
}

/** Returns a tokenizer.json that has only the special tokens, for the constructor of `PreTrainedTokenizer`. */
function tokenizerJson(special: SpecialTokens) {
  const tokens = Object.values(special);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.map((token) => ({ ...token, ...flags })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: special.unk_token?.content,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map(({ content, id }) => [content, id])),
    },
  };
}

function tokenizerConfig(special: SpecialTokens, modelMaxLength: number) {
  const names = Object.entries(special).map(([name, { content }]) => [name, content]);
  return { ...Object.fromEntries(names), model_max_length: modelMaxLength, tokenizer_class: "BertTokenizer" };
}

/** Returns the items of a batch. */
function itemsOf(text: string | readonly string[], pair: string | readonly string[] | null | undefined) {
  const texts = typeof text === "string" ? [text] : text;
  if (pair === null || pair === undefined) return texts;
  const pairs = typeof pair === "string" ? [pair] : pair;
  if (typeof text === typeof pair && texts.length === pairs.length) {
    return texts.map((text, i) => [text, pairs[i]!] as const);
  }
  const found =
    typeof text === typeof pair ? `${texts.length} texts and ${pairs.length}` : `a ${typeof text} and a ${typeof pair}`;
  const message = `text and text_pair do not match, found ${found}: expected two strings or two arrays of the same length. Pass one text_pair per text.`;
  throw new BertieError("input/not-text", message);
}

function toTensor(values: Int32Array, { size, length, lengths }: BatchEncoding, keepsPadding: boolean): Tensor {
  if (!keepsPadding && lengths.some((each) => each !== length)) {
    const text = `the rows have ${Math.min(...lengths)} to ${length} tokens: expected rows of one length, which a tensor needs. Set padding to true, or return_tensor to false.`;
    throw new BertieError("options/padding", text);
  }
  const wide = new BigInt64Array(values.length);
  // All values are small and not negative. Writing the lower halves takes a fifth of the time of converting to BigInt.
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < values.length; i++) halves[2 * i] = values[i]!;
  return new Tensor("int64", wide, [size, length]);
}

/** Returns the rows as arrays, or the only row of a text that is not in an array. */
function toRows(values: Int32Array, { size, length, lengths }: BatchEncoding, keepsPadding: boolean, isBatch: boolean) {
  const end = (row: number) => row * length + (keepsPadding ? length : lengths[row]!);
  const rows = Array.from({ length: size }, (_, row) => [...values.subarray(row * length, end(row))]);
  return isBatch ? rows : rows[0];
}
