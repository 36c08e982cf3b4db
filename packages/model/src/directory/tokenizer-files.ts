import type { AddedToken, TokenizerSettings } from "@bertie/common";

/** A tokenizer, as the files of a model directory describe it. */
export interface TokenizerDescription {
  /** Contents of vocab.txt. */
  readonly vocab: Uint8Array;
  /** Whether the tokenizer lower-cases text. */
  readonly lowerCase: boolean;
  readonly settings: TokenizerSettings;
  /** Maximum number of tokens per text. */
  readonly maxLength: number;
}

/** Names of the special tokens in the files of transformers. Tokens that the vocabulary lacks are left out. */
const SPECIAL_TOKENS = {
  cls_token: "[CLS]",
  mask_token: "[MASK]",
  pad_token: "[PAD]",
  sep_token: "[SEP]",
  unk_token: "[UNK]",
} as const;

/** Flags of a special token: the text is searched for the token before it is normalized. */
const SPECIAL_FLAGS = { lstrip: false, normalized: false, rstrip: false, single_word: false, special: true };

/**
 * Returns the tokenizer's files of a model directory besides vocab.txt: tokenizer.json, which current programs read, and
 * tokenizer_config.json and special_tokens_map.json, which transformers also reads.
 */
export function tokenizerFiles(tokenizer: TokenizerDescription): Map<string, string> {
  const { lowerCase, maxLength, settings } = tokenizer;
  const ids = tokenIds(tokenizer.vocab);
  const special = Object.entries(SPECIAL_TOKENS).filter(([, token]) => ids.has(token));
  const given = settings.addedTokens?.map(fileToken) ?? [];
  const standard = special
    .map(([, content]) => ({ id: ids.get(content)!, content, ...SPECIAL_FLAGS }))
    .filter(({ content }) => given.every((token) => token.content !== content));
  const added = [...standard, ...given].toSorted((a, b) => a.id - b.id);
  const config = {
    added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
    clean_up_tokenization_spaces: true,
    do_lower_case: lowerCase,
    model_max_length: maxLength,
    ...Object.fromEntries(special),
    ...((settings.specialTokens ?? "classic") === "classic" && { special_tokens_in_text: "classic" }),
    ...(settings.specialTokens === "none" && { split_special_tokens: true }),
    strip_accents: settings.stripAccents ?? null,
    tokenize_chinese_chars: settings.handleChineseChars ?? true,
    tokenizer_class: "BertTokenizer",
  };
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: settings.handleChineseChars ?? true,
      strip_accents: settings.stripAccents ?? null,
      lowercase: lowerCase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: postProcessor(ids),
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
  return new Map([
    ["tokenizer.json", `${JSON.stringify(json)}\n`],
    ["tokenizer_config.json", formatted(config)],
    ["special_tokens_map.json", formatted(Object.fromEntries(special))],
  ]);
}

/** Returns an added token under the names of tokenizer.json. */
function fileToken({ id, content, singleWord, lstrip, rstrip, normalized, special }: AddedToken) {
  return { id, content, lstrip, normalized, rstrip, single_word: singleWord, special };
}

/** Returns the id of each token of a vocab.txt. Of duplicate tokens, the last one is used, as everywhere. */
function tokenIds(vocab: Uint8Array): Map<string, number> {
  const lines = new TextDecoder().decode(vocab).replace(/\n$/, "").split("\n");
  // A line of white space is a token of its own in transformers. It matches no text, but keeps its id.
  return new Map(lines.map((line, id) => [line.trim() || line, id] as const).filter(([token]) => token !== ""));
}

function postProcessor(ids: ReadonlyMap<string, number>): unknown {
  const [cls, sep] = [ids.get("[CLS]"), ids.get("[SEP]")];
  if (cls === undefined || sep === undefined) return null;
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)];
  return {
    type: "TemplateProcessing",
    single,
    pair: [...single, text("B", 1), special("[SEP]", 1)],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [cls], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [sep], tokens: ["[SEP]"] },
    },
  };
}

function formatted(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
