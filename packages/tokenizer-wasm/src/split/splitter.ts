import type { BertTokenizer } from "../tokenizer.ts";
import { findBoundaries, LOOKAHEAD, strength } from "./boundaries.ts";
import {
  resolveSplitOptions,
  type SplitLimits,
  type SplitOptions,
  sentenceSegmenter,
  type TextChunk,
} from "./options.ts";
import { halve, type Unit, unitsBetween, wordsOf } from "./units.ts";

/** Splits a text that arrives in pieces. */
export type Splitter = {
  /** Adds a piece of the text, and returns the chunks that are complete. */
  readonly push: (text: string) => TextChunk[];
  /** Returns the remaining chunks. */
  readonly finish: () => TextChunk[];
};

/** Maximum number of UTF-16 code units per chunk, which bounds memory if a text has no tokens. */
const MAX_LENGTH = LOOKAHEAD;

/**
 * Creates a splitter. The chunks do not depend on the pieces in which the text arrives.
 *
 * @throws BertieError "options/value" or "options/conflict" if an option is invalid
 */
export function createSplitter(tokenizer: BertTokenizer, options: SplitOptions): Splitter {
  const count = (text: string, addSpecialTokens: boolean) =>
    tokenizer.encodeBatch([text], { addSpecialTokens, padding: false }).ids.length;
  const limits = resolveSplitOptions(options, count("", true));
  const sentences = sentenceSegmenter(options.locale);
  const { maxTokens, room } = limits;

  /** Text from position `base`; the text before is no longer needed. */
  let buffer = "";
  let base = 0;
  /** Position up to which the text has been divided into units. */
  let divided = 0;
  /** Units of the next chunk; the first `repeated` of them were part of the previous chunk. */
  let open: Unit[] = [];
  let repeated = 0;
  let tokens = 0;

  const slice = ({ start, end }: { start: number; end: number }) => buffer.slice(start - base, end - base);
  const reopen = (units: Unit[], overlapping: number) => {
    open = units;
    repeated = overlapping;
    tokens = units.reduce((sum, unit) => sum + unit.tokens, 0);
  };

  /** Returns the chunk of the open units up to `last`, and leaves out units if the chunk has more tokens than they have. */
  const close = (last: number): TextChunk[] => {
    for (let index = last; ; ) {
      const chunk = trim(slice({ start: open[0]!.start, end: open[index]!.end }), open[0]!.start);
      const size = chunk.text === "" ? 0 : count(chunk.text, limits.addSpecialTokens);
      if (size <= maxTokens) {
        const closed = open.slice(0, index + 1);
        const overlap = overlapOf(closed, limits, (unit) => wordsOf(tokenizer, slice(unit), unit, room));
        reopen([...overlap, ...open.slice(index + 1)], overlap.length);
        return chunk.text === "" ? [] : [{ ...chunk, tokens: size }];
      }
      if (repeated > 0) {
        reopen(open.slice(1), repeated - 1);
        index--;
      } else if (index > 0) index--;
      else open.splice(0, 1, ...halve(tokenizer, slice(open[0]!), open[0]!, room));
    }
  };

  const add = (unit: Unit): TextChunk[] => {
    const chunks: TextChunk[] = [];
    while (open.length > 0 && (tokens + unit.tokens > room || unit.end - open[0]!.start > MAX_LENGTH)) {
      if (open.length > repeated) chunks.push(...close(lastOfChunk(open, repeated, room)));
      else reopen(open.slice(1), repeated - 1);
    }
    open.push(unit);
    tokens += unit.tokens;
    return chunks;
  };

  /** Divides the next part of the text into units, and adds them. */
  const advance = (): TextChunk[] => {
    const boundaries = findBoundaries(buffer, divided - base, sentences);
    const start = divided;
    const end = base + boundaries.at(-1)!.at;
    const local = boundaries.map(({ at, strength }) => ({ at: at - (start - base), strength }));
    const units = unitsBetween(tokenizer, slice({ start, end }), start, local);
    divided = end;
    return units.flatMap((unit) =>
      unit.tokens <= room ? add(unit) : wordsOf(tokenizer, slice(unit), unit, room).flatMap(add),
    );
  };

  const push = (text: string): TextChunk[] => {
    buffer += text;
    const chunks: TextChunk[] = [];
    if (base + buffer.length - divided <= LOOKAHEAD) return chunks;
    while (base + buffer.length - divided > LOOKAHEAD) chunks.push(...advance());
    const needed = open[0]?.start ?? divided;
    buffer = buffer.slice(needed - base);
    base = needed;
    return chunks;
  };

  const finish = (): TextChunk[] => {
    const chunks: TextChunk[] = [];
    while (divided < base + buffer.length) chunks.push(...advance());
    while (open.length > repeated) chunks.push(...close(open.length - 1));
    return chunks;
  };

  return { push, finish };
}

/**
 * Returns the index of the last unit of the next chunk: the unit before the strongest boundary at which the chunk is at
 * least half full.
 */
function lastOfChunk(open: readonly Unit[], repeated: number, room: number): number {
  let [best, size] = [open.length - 1, 0];
  let bestStrength = -1;
  for (const [i, unit] of open.entries()) {
    size += unit.tokens;
    if (i < repeated || 2 * size < room || unit.strength < bestStrength) continue;
    [best, bestStrength] = [i, unit.strength];
  }
  return best;
}

/** Returns the units at the end of a chunk that the next chunk repeats. */
function overlapOf(closed: readonly Unit[], limits: SplitLimits, divide: (unit: Unit) => Unit[]): Unit[] {
  const { overlap, overlapSentences, room } = limits;
  if (overlapSentences > 0) return lastSentences(closed, overlapSentences, room / 2);
  if (overlap === 0) return [];
  const sentence = lastUnits(closed, overlap);
  const startsSentence = sentence.length > 0 && closed.at(-sentence.length - 1)!.strength >= strength.sentence;
  return startsSentence ? sentence : lastUnits([...closed.slice(1, -1), ...divide(closed.at(-1)!)], overlap);
}

/** Returns the last units that have at most `limit` tokens together, without the first unit. */
function lastUnits(units: readonly Unit[], limit: number): Unit[] {
  let [from, size] = [units.length, 0];
  while (from > 1 && size + units[from - 1]!.tokens <= limit) size += units[--from]!.tokens;
  return units.slice(from);
}

/** Returns the units of the last sentences that have at most `limit` tokens together, without the first sentence. */
function lastSentences(units: readonly Unit[], sentences: number, limit: number): Unit[] {
  let [from, size, count] = [units.length, 0, 0];
  for (let i = units.length - 1; i > 0 && count < sentences; i--) {
    size += units[i]!.tokens;
    if (size > limit) break;
    if (units[i - 1]!.strength < strength.sentence) continue;
    from = i;
    count++;
  }
  return units.slice(from);
}

function trim(text: string, start: number): Omit<TextChunk, "tokens"> {
  const trimmed = text.trimStart();
  const first = start + text.length - trimmed.length;
  const whole = trimmed.trimEnd();
  return { text: whole, start: first, end: first + whole.length };
}
