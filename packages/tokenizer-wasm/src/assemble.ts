import { isContinuation } from "./decode.ts";
import type { Encoding } from "./encoding.ts";
import { keepTexts } from "./sequences.ts";
import type { RowFormat, RowLayout } from "./template.ts";
import type { TextTokens } from "./text-input.ts";
import type { TokenNames } from "./token-names.ts";
import { PAGE_BITS, PAGE_MASK } from "./token-pages.ts";
import type { RowRanges, TokenRange } from "./windows.ts";

/** Pieces of a row, and how it is padded. */
export type RowShape = {
  readonly layout: RowLayout;
  /** Number of tokens to pad to. */
  readonly target: number;
  readonly padsLeft: boolean;
  /** Whether the row has offsets and indices of words. */
  readonly hasOffsets: boolean;
};

/** A tokenizer's tokens and format of rows. */
export type RowContext = {
  readonly names: TokenNames;
  readonly format: RowFormat;
  /** Prefix of tokens that continue a word. */
  readonly continuationPrefix: string;
};

/** Maximum length of lists that are allocated at once. The engine would create longer ones as hash tables. */
const MAX_ALLOCATED = 1 << 20;

/** Builds a row from ranges of the tokens of its texts. */
export function assemble(
  texts: readonly TextTokens[],
  ranges: RowRanges,
  { layout, target, padsLeft, hasOffsets }: RowShape,
  context: RowContext,
): Encoding {
  const { names, continuationPrefix } = context;
  let length = layout.specialTokens;
  for (let text = 0; text < ranges.length; text++) length += ranges[text]![1] - ranges[text]![0];
  const total = Math.max(length, target);
  const row: Encoding = {
    ids: list(total),
    typeIds: list(total),
    attentionMask: list(total),
    specialTokensMask: list(total),
    tokens: list(total),
    offsets: hasOffsets ? list(total) : [],
    wordIds: hasOffsets ? list(total) : [],
    overflowing: [],
  };
  const { ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds } = row;
  const known = names.known();
  const rowRanges: TokenRange[] | undefined = layout.hasTextTypes ? undefined : [];
  let at = padsLeft ? pad(row, 0, total - length, hasOffsets, context) : 0;
  for (let index = 0; index < layout.pieces.length; index++) {
    const piece = layout.pieces[index]!;
    if ("id" in piece) {
      writeSpecial(row, at++, piece.id, piece.typeId, 1, hasOffsets, names);
      continue;
    }
    const text = texts[piece.text]!;
    const { ids: source, idsStart, spans, spansStart } = text;
    const [from, to] = ranges[piece.text]!;
    const words = text.words ?? (hasOffsets && from > 0 ? numberWords(text, to, context) : undefined);
    if (rowRanges !== undefined) rowRanges[piece.text] = [at, at + to - from];
    let word = -1;
    for (let token = from; token < to; token++, at++) {
      const id = source[idsStart + token]!;
      const name = known[id >>> PAGE_BITS]?.[id & PAGE_MASK] ?? names.tokenOf(id)!;
      ids[at] = id;
      typeIds[at] = piece.typeId;
      attentionMask[at] = 1;
      specialTokensMask[at] = 0;
      tokens[at] = name;
      if (!hasOffsets) continue;
      offsets[at] = [spans[spansStart + 2 * token]!, spans[spansStart + 2 * token + 1]!];
      if (words === undefined && !isContinuation(name, continuationPrefix)) word++;
      wordIds[at] = words === undefined ? word : words[token]!;
    }
  }
  if (!padsLeft) pad(row, at, total - length, hasOffsets, context);
  if (rowRanges !== undefined) keepTexts(row, rowRanges);
  return row;
}

/** Returns, for the first `count` tokens of a text, the index of the token's word. */
export function numberWords(
  { ids, idsStart }: TextTokens,
  count: number,
  { names, continuationPrefix }: RowContext,
): Int32Array {
  const words = new Int32Array(count);
  const known = names.known();
  let word = -1;
  for (let token = 0; token < count; token++) {
    const id = ids[idsStart + token]!;
    const name = known[id >>> PAGE_BITS]?.[id & PAGE_MASK] ?? names.tokenOf(id)!;
    if (!isContinuation(name, continuationPrefix)) word++;
    words[token] = word;
  }
  return words;
}

function list<T>(length: number): T[] {
  return length > MAX_ALLOCATED ? [] : new Array<T>(length);
}

/** Writes padding. Returns the position after it. */
function pad(row: Encoding, start: number, count: number, hasOffsets: boolean, { names, format }: RowContext): number {
  for (let at = start; at < start + count; at++)
    writeSpecial(row, at, format.padId, format.padTypeId, 0, hasOffsets, names);
  return start + count;
}

function writeSpecial(
  row: Encoding,
  at: number,
  id: number,
  typeId: number,
  attention: number,
  hasOffsets: boolean,
  names: TokenNames,
): void {
  row.ids[at] = id;
  row.typeIds[at] = typeId;
  row.attentionMask[at] = attention;
  row.specialTokensMask[at] = 1;
  row.tokens[at] = names.tokenOf(id)!;
  if (!hasOffsets) return;
  row.offsets[at] = [0, 0];
  row.wordIds[at] = null;
}
