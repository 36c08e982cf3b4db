import type { BertTokenizer } from "@bertie/tokenizer-wasm";

export interface Comparison {
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly peerSeconds: number;
  /** Number of lines with different ids. */
  readonly different: number;
  /** First lines with different ids. */
  readonly examples: readonly {
    readonly line: number;
    readonly tokens: readonly string[];
    readonly peer: readonly string[];
  }[];
}

const MAX_EXAMPLES = 5;

/** Compares ids and speed with Hugging Face's JavaScript tokenizer (the "peer"), which is loaded on demand. */
export async function compareWithPeer(tokenizer: BertTokenizer, text: string): Promise<Comparison> {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const peer = new Tokenizer(tokenizerJsonOf(tokenizer), {});
  const bytes = new TextEncoder().encode(text);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();

  const start = performance.now();
  const { ids, rowOffsets } = tokenizer.encodeLines(bytes, { addSpecialTokens: false });
  const middle = performance.now();
  const rows = lines.map((line) => peer.encode(line, { add_special_tokens: false }).ids as readonly number[]);
  const end = performance.now();

  const different = rows.flatMap((row, line) => {
    const ours = ids.subarray(rowOffsets[line]!, rowOffsets[line + 1]!);
    return ours.length === row.length && row.every((id, i) => id === ours[i]) ? [] : [{ line, ours, row }];
  });
  const tokensOf = (some: ArrayLike<number>) => Array.from(some, (id) => tokenizer.idToToken(id) ?? `#${id}`);
  return {
    lines: lines.length,
    bytes: bytes.length,
    seconds: (middle - start) / 1000,
    peerSeconds: (end - middle) / 1000,
    different: different.length,
    examples: different.slice(0, MAX_EXAMPLES).map(({ line, ours, row }) => {
      return { line: line + 1, tokens: tokensOf(ours), peer: tokensOf(row) };
    }),
  };
}

/** Converts the tokenizer to the tokenizer.json that the peer reads. */
function tokenizerJsonOf(tokenizer: BertTokenizer): object {
  const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)!);
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].filter((token) => tokens.includes(token));
  return {
    version: "1.0",
    added_tokens: special.map((content) => ({
      id: tokens.lastIndexOf(content),
      content,
      special: true,
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: tokenizer.options.cleanText,
      handle_chinese_chars: tokenizer.options.handleChineseChars,
      strip_accents: tokenizer.stripAccents,
      lowercase: tokenizer.lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: tokenizer.options.maxInputCharsPerWord,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}
