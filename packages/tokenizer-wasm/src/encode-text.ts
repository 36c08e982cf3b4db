import { assemble, numberWords, type RowContext, type RowShape } from "./assemble.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import { type EncodeOptions, type EncodeSettings, type Encoding, encodeSettings } from "./encoding.ts";
import { type Limits, limitsOf, paddedLength } from "./row-options.ts";
import { keepTexts, keptTexts } from "./sequences.ts";
import { rowLayout } from "./template.ts";
import { copyTokens, readTexts, type TextCores, type TextInput, type TextTokens, tokensOfTexts } from "./text-input.ts";
import { shrink } from "./wasm.ts";
import { checkStride, firstRanges, furtherRanges, keptLengths } from "./windows.ts";

/** A tokenizer, as far as it encodes single texts and pairs. */
export type EncodeContext = RowContext &
  TextCores & {
    readonly defaults: TokenizerDefaults;
    /** Settings of calls without options, once there was such a call. */
    settings: EncodeSettings | undefined;
  };

/**
 * Encodes a text or a pair of texts.
 *
 * @throws BertieError "input/not-text", "input/too-large", or "options/…" if an option is invalid
 */
export function encodeText(context: EncodeContext, text: TextInput, options: EncodeOptions | undefined): Encoding {
  const settings = options === undefined ? defaultSettings(context) : encodeSettings(options, context.defaults);
  const { row, offsets } = settings;
  const texts = readTexts(text, settings.pair, row.isSplitIntoWords);
  const layout = rowLayout(context.format, texts.length === 2 ? 2 : 1, row.addSpecialTokens);
  const limits = limitsOf(row, layout.specialTokens);
  const tokens = encodeForFirstRow(texts, limits, offsets, context);
  const lengths = tokens.map(({ count }) => count);
  const kept = keptLengths(lengths, limits);
  checkStride(lengths, kept, limits);
  let longest = layout.specialTokens;
  let isWhole = true;
  for (let index = 0; index < kept.length; index++) {
    longest += kept[index]!;
    if (kept[index] !== lengths[index]) isWhole = false;
  }
  const target = paddedLength(longest, row);
  const shape = { layout, target, padsLeft: row.paddingSide === "left", hasOffsets: offsets };
  const encoding = assemble(tokens, firstRanges(lengths, kept, limits), shape, context);
  shrink(context.runtime);
  return isWhole ? encoding : withOverflow(encoding, () => overflowOf(texts, limits, shape, context));
}

function defaultSettings(context: EncodeContext): EncodeSettings {
  context.settings ??= encodeSettings(undefined, context.defaults);
  return context.settings;
}

/** Tokenizes texts as far as the first row needs, and by one more token if there are more. */
function encodeForFirstRow(
  texts: readonly TextInput[],
  { maxTextTokens: limit, truncation, side }: Limits,
  spans: boolean,
  cores: TextCores,
): readonly TextTokens[] {
  if (side === "left" || limit === Number.POSITIVE_INFINITY)
    return tokensOfTexts(cores, texts, Number.POSITIVE_INFINITY, spans);
  if (texts.length === 1 || truncation === "longestFirst") return tokensOfTexts(cores, texts, limit + 1, spans);
  const isFirst = truncation === "onlyFirst";
  const [view] = tokensOfTexts(cores, [texts[isFirst ? 1 : 0]!], limit + 1, spans) as [TextTokens];
  const whole = copyTokens(view);
  const available = limit - whole.count;
  // The pair does not fit: tokenize all, so that the error states how long the texts are.
  if (available < 0) return tokensOfTexts(cores, texts, Number.POSITIVE_INFINITY, spans);
  const [truncated] = tokensOfTexts(cores, [texts[isFirst ? 0 : 1]!], available + 1, spans) as [TextTokens];
  return isFirst ? [truncated, whole] : [whole, truncated];
}

/** Returns the rows after the first. */
function overflowOf(texts: readonly TextInput[], limits: Limits, shape: RowShape, context: EncodeContext): Encoding[] {
  const tokens = tokensOfTexts(context, texts, Number.POSITIVE_INFINITY, shape.hasOffsets);
  const lengths = tokens.map(({ count }) => count);
  const rows = furtherRanges(lengths, keptLengths(lengths, limits), limits, shape.layout);
  const wordsOf = (text: TextTokens) =>
    text.words ?? (shape.hasOffsets ? numberWords(text, text.count, context) : undefined);
  const numbered = tokens.map((text) => ({ ...text, words: wordsOf(text) }));
  const windows = rows.map((ranges) => assemble(numbered, ranges, shape, context));
  shrink(context.runtime);
  return windows;
}

/** Returns the encoding with further windows, which are computed on first use. */
function withOverflow(encoding: Encoding, compute: () => Encoding[]): Encoding {
  const { ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds } = encoding;
  let windows: Encoding[] | undefined;
  const result: Encoding = {
    ids,
    typeIds,
    attentionMask,
    specialTokensMask,
    tokens,
    offsets,
    wordIds,
    get overflowing() {
      windows ??= compute();
      return windows;
    },
  };
  const ranges = keptTexts(encoding);
  if (ranges !== undefined) keepTexts(result, ranges);
  return result;
}
