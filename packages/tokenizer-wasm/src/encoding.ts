import { isContinuation } from "./decode.ts";
import { fitPair, roomForText, type Truncation, windows } from "./truncation.ts";
import type { Rows } from "./wasm.ts";

/** Options of {@link BertTokenizer.encode}. */
export type EncodeOptions = {
  /** The second text: `[CLS] text [SEP] pair [SEP]`. */
  readonly pair?: string | undefined;
  /** The most tokens, special tokens among them. */
  readonly maxLength?: number | undefined;
  /** What to do with longer texts; `true` is "longestFirst". Default: true. Without `maxLength` nothing is cut. */
  readonly truncation?: boolean | Truncation | undefined;
  /** `"maxLength"` fills up with `[PAD]`. Alone, a text is its batch's longest: `true` and "longest" change nothing. */
  readonly padding?: boolean | "longest" | "maxLength" | undefined;
  /** What is cut off comes in `overflowing`, in windows that repeat this many tokens of the one before. Default 0. */
  readonly stride?: number | undefined;
  /** Put `[CLS]` and `[SEP]` around the texts. Default true. */
  readonly addSpecialTokens?: boolean | undefined;
  /** Say where tokens come from; false leaves `offsets` and `wordIds` empty. Default true. */
  readonly offsets?: boolean | undefined;
};

/** A text, or a pair of them, as tokens. All lists have an entry for every token. */
export type Encoding = {
  readonly ids: number[];
  /** 1 for the second text and its `[SEP]`, else 0 (`token_type_ids`, `segment_ids`). */
  readonly typeIds: number[];
  /** 0 for padding, else 1. */
  readonly attentionMask: number[];
  /** 1 for the tokens that were put in: `[CLS]`, `[SEP]`, `[PAD]`. */
  readonly specialTokensMask: number[];
  readonly tokens: string[];
  /** Where each token begins and ends in its own text, in UTF-16 code units, the end not included; [0, 0] for those put in. */
  readonly offsets: [start: number, end: number][];
  /** The number of each token's word (or punctuation mark, or ideograph) in its text; null for those put in. */
  readonly wordIds: (number | null)[];
  /** What `maxLength` cut off, as further encodings. Of a pair: only with "onlyFirst" or "onlySecond". */
  readonly overflowing: Encoding[];
};

/** Ids that frame and fill a row. */
export type SpecialIds = { readonly cls: number; readonly sep: number; readonly pad: number; readonly unk: number };

/** How long rows become, from the options that `encode` and `encodeBatch` share. */
export type Limits = {
  /** The most tokens of text in a row. */
  readonly room: number;
  readonly truncation: Truncation;
  readonly frame: boolean;
};

/** Works out how many tokens of text fit, for rows of one text or of two. */
export function limitsOf(options: EncodeOptions, texts: 1 | 2): Limits {
  const { maxLength, truncation = true } = options;
  const frame = options.addSpecialTokens ?? true;
  const specialTokens = frame ? texts + 1 : 0;
  const room = maxLength === undefined ? Number.POSITIVE_INFINITY : roomForText(maxLength, specialTokens);
  return {
    room: truncation === false ? Number.POSITIVE_INFINITY : room,
    truncation: typeof truncation === "string" ? truncation : "longestFirst",
    frame,
  };
}

/** A stretch of a row's tokens. */
type Piece = { readonly row: number; readonly from: number; readonly to: number };

/** Builds the encoding of rows 0 (the text) and 1 (its pair, if there is one). */
export function buildEncoding(
  rows: Rows,
  options: EncodeOptions,
  special: SpecialIds,
  tokenOf: (id: number) => string,
): Encoding {
  const lengths = [...rows.rowEnds].map((end, row) => end - (rows.rowEnds[row - 1] ?? 0));
  const hasPair = lengths.length === 2;
  const limits = limitsOf(options, hasPair ? 2 : 1);
  const words = (options.offsets ?? true) ? numberWords(rows, tokenOf) : undefined;
  const [first, ...others] = plan(lengths, limits, options.stride ?? 0).map((pieces) =>
    assemble(rows, words, pieces, limits.frame, options, special, tokenOf),
  );
  return { ...first!, overflowing: others };
}

/** For every token the number of its word in its row. */
function numberWords({ ids, rowEnds }: Rows, tokenOf: (id: number) => string): Int32Array {
  const words = new Int32Array(ids.length);
  let place = 0;
  for (const end of rowEnds) {
    for (let word = -1; place < end; place++) {
      if (!isContinuation(tokenOf(ids[place]!))) word++;
      words[place] = word;
    }
  }
  return words;
}

/** The stretches of text that each encoding holds: the first, then those that overflow. */
function plan(lengths: readonly number[], { room, truncation }: Limits, stride: number): Piece[][] {
  const [first, second] = [lengths[0]!, lengths[1]];
  const pieces = (row: number, size: number) =>
    windows(lengths[row]!, size, stride).map(([from, to]): Piece => ({ row, from, to }));
  if (second === undefined) return pieces(0, room).map((piece) => [piece]);
  const [keptFirst, keptSecond] = fitPair(first, second, room, truncation);
  if (truncation === "onlyFirst") return pieces(0, keptFirst).map((piece) => [piece, { row: 1, from: 0, to: second }]);
  if (truncation === "onlySecond") return pieces(1, keptSecond).map((piece) => [{ row: 0, from: 0, to: first }, piece]);
  return [
    [
      { row: 0, from: 0, to: keptFirst },
      { row: 1, from: 0, to: keptSecond },
    ],
  ];
}

function assemble(
  rows: Rows,
  words: Int32Array | undefined,
  pieces: readonly Piece[],
  frame: boolean,
  options: EncodeOptions,
  special: SpecialIds,
  tokenOf: (id: number) => string,
): Encoding {
  const encoding: Encoding = {
    ids: [],
    typeIds: [],
    attentionMask: [],
    specialTokensMask: [],
    tokens: [],
    offsets: [],
    wordIds: [],
    overflowing: [],
  };
  const put = (id: number, type: number, attention: number, place?: number) => {
    encoding.ids.push(id);
    encoding.typeIds.push(type);
    encoding.attentionMask.push(attention);
    encoding.specialTokensMask.push(place === undefined ? 1 : 0);
    encoding.tokens.push(tokenOf(id));
    if (words === undefined) return;
    encoding.offsets.push(place === undefined ? [0, 0] : [rows.spans[2 * place]!, rows.spans[2 * place + 1]!]);
    encoding.wordIds.push(place === undefined ? null : words[place]!);
  };
  if (frame) put(special.cls, 0, 1);
  for (const { row, from, to } of pieces) {
    const start = rows.rowEnds[row - 1] ?? 0;
    for (let place = start + from; place < start + to; place++) put(rows.ids[place]!, row, 1, place);
    if (frame) put(special.sep, row, 1);
  }
  if (options.padding === "maxLength" && options.maxLength !== undefined) {
    while (encoding.ids.length < options.maxLength) put(special.pad, 0, 0);
  }
  return encoding;
}
