import { BertieError } from "@bertie/common";

/** Options of {@link splitText}, {@link splitStream} and {@link splitterStream}. */
export type SplitOptions = {
  /** Maximum number of tokens per chunk. */
  readonly maxTokens: number;
  /**
   * Whether `maxTokens` includes `[CLS]` and `[SEP]`, as the maximum length of a model does.
   *
   * @default true
   */
  readonly addSpecialTokens?: boolean | undefined;
  /**
   * Maximum number of tokens that a chunk repeats from the end of the previous chunk: whole sentences if one fits,
   * otherwise words. At most half of `maxTokens`.
   *
   * @default 0
   */
  readonly overlap?: number | undefined;
  /**
   * Number of sentences that a chunk repeats from the end of the previous chunk, if they fit into half of `maxTokens`.
   * Cannot be combined with `overlap`.
   *
   * @default 0
   */
  readonly overlapSentences?: number | undefined;
  /**
   * Language of the text as a BCP 47 tag, whose rules for the ends of sentences are used: "el" for Greek, for example.
   *
   * @default the rules of Unicode for all languages
   */
  readonly locale?: string | undefined;
};

/** A part of a text. */
export type TextChunk = {
  /** The part of the text from `start` to `end`, without whitespace at its ends. */
  readonly text: string;
  /** Position of the chunk's first UTF-16 code unit in the whole text. */
  readonly start: number;
  /** Position after the chunk's last UTF-16 code unit in the whole text. */
  readonly end: number;
  /** Number of tokens that the chunk is encoded to, with `[CLS]` and `[SEP]` unless `addSpecialTokens` is false. */
  readonly tokens: number;
};

/** Options with defaults and limits. */
export type SplitLimits = {
  readonly maxTokens: number;
  readonly addSpecialTokens: boolean;
  /** Maximum number of tokens per chunk without special tokens. */
  readonly room: number;
  readonly overlap: number;
  readonly overlapSentences: number;
};

/**
 * Checks the options.
 *
 * @param specialTokens number of special tokens per text
 * @throws BertieError "options/value" or "options/conflict"
 */
export function resolveSplitOptions(options: SplitOptions, specialTokens: number): SplitLimits {
  const { maxTokens, addSpecialTokens = true, overlap = 0, overlapSentences = 0 } = options;
  const special = addSpecialTokens ? specialTokens : 0;
  checkInteger("maxTokens", maxTokens, special + 1);
  checkInteger("overlap", overlap, 0);
  checkInteger("overlapSentences", overlapSentences, 0);
  const room = maxTokens - special;
  if (overlap > 0 && overlapSentences > 0) {
    const text = "overlap and overlapSentences are both set: expected one of them. Remove one.";
    throw new BertieError("options/conflict", text);
  }
  if (overlap > room / 2) {
    const text = `overlap is ${overlap}: expected at most ${Math.floor(room / 2)}, half of the tokens that a chunk has room for. Use a smaller number, or raise maxTokens.`;
    throw new BertieError("options/value", text);
  }
  return { maxTokens, addSpecialTokens, room, overlap, overlapSentences };
}

function checkInteger(name: string, value: unknown, minimum: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= minimum) return;
  throw new BertieError("options/value", `${name} is ${String(value)}: expected an integer of at least ${minimum}.`);
}

/** The part of an `Intl.Segmenter` that splits text into sentences. */
export type SentenceSegmenter = {
  segment(text: string): Iterable<{ readonly index: number; readonly segment: string }>;
};

/**
 * Returns a segmenter for sentences.
 *
 * @throws BertieError "options/value" if the tag of the language is malformed
 */
export function sentenceSegmenter(locale = "und"): SentenceSegmenter {
  try {
    return new Intl.Segmenter(locale, { granularity: "sentence" });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const text = `locale is "${locale}": expected a language tag such as "en" or "zh-Hans".`;
    throw new BertieError("options/value", text, { cause });
  }
}
