import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "../tokenizer.ts";
import { type Boundary, strength } from "./boundaries.ts";
import { isGraphemeBoundary } from "./graphemes.ts";

/** A part of the text that fits into a chunk. */
export type Unit = {
  readonly start: number;
  readonly end: number;
  /** Number of tokens, without special tokens. */
  readonly tokens: number;
  /** Strength of the boundary at the end. */
  readonly strength: number;
};

/** Comma, semicolon, colon and closing marks of East Asian texts, after which no space follows. */
const CLAUSE_END = /[，、；：」』）》”’…]$/u;

/** Returns the parts of a text between boundaries. Boundaries inside of a token are left out, except for the last. */
export function unitsBetween(
  tokenizer: BertTokenizer,
  text: string,
  start: number,
  boundaries: readonly Boundary[],
): Unit[] {
  const { offsets } = tokenizer.encodeBatch([text], { addSpecialTokens: false, padding: false, offsets: true });
  const spans = offsets!;
  const units: Unit[] = [];
  let [from, first, token, tokenEnd] = [0, 0, 0, 0];
  for (const { at, strength } of boundaries) {
    for (; 2 * token < spans.length && spans[2 * token]! < at; token++) tokenEnd = spans[2 * token + 1]!;
    if (tokenEnd > at && at < text.length) continue;
    units.push({ start: start + from, end: start + at, tokens: token - first, strength });
    [from, first] = [at, token];
  }
  return units;
}

/**
 * Splits a part of the text into its words. Words of more than `room` tokens are split at tokens.
 *
 * @throws BertieError "options/value" if a character has more than `room` tokens
 */
export function wordsOf(tokenizer: BertTokenizer, text: string, unit: Unit, room: number): Unit[] {
  const pieces = piecesOf(tokenizer, text, unit);
  const fits = (group: readonly Unit[]) => group.reduce((sum, { tokens }) => sum + tokens, 0) <= room;
  return groups(pieces, strength.word).flatMap((word) => {
    if (fits(word)) return [joinUnits(word)];
    return groups(word, strength.token).flatMap((part) => {
      if (fits(part)) return [joinUnits(part)];
      const tooLong = part.find(({ tokens }) => tokens > room);
      if (tooLong !== undefined) throw characterTooLong(tooLong.start, tooLong.tokens, room);
      return part;
    });
  });
}

/** Splits a part of the text at all places between two tokens. */
function piecesOf(tokenizer: BertTokenizer, text: string, unit: Unit): Unit[] {
  const { offsets, wordIds } = tokenizer.encode(text, { addSpecialTokens: false });
  const pieces: Unit[] = [];
  let [from, first, tokenEnd] = [0, 0, 0];
  for (const [i, [at, end]] of offsets.entries()) {
    if (i > 0 && at >= tokenEnd && at > from) {
      const isSameWord = wordIds[i] === wordIds[i - 1];
      const bound = boundaryStrength(text, tokenEnd, at, isSameWord);
      pieces.push({ start: unit.start + from, end: unit.start + at, tokens: i - first, strength: bound });
      [from, first] = [at, i];
    }
    tokenEnd = Math.max(tokenEnd, end);
  }
  const last = { end: unit.end, tokens: offsets.length - first, strength: unit.strength };
  return [...pieces, { start: unit.start + from, ...last }];
}

function boundaryStrength(text: string, end: number, start: number, isSameWord: boolean): number {
  if (!isGraphemeBoundary(text, start)) return strength.codePoint;
  if (isSameWord) return strength.token;
  const gap = text.slice(end, start);
  if (gap.includes("\n")) return strength.line;
  return /\s/.test(gap) || CLAUSE_END.test(text.slice(0, end).slice(-1)) ? strength.space : strength.word;
}

/** Returns neighboring units in groups that are separated by boundaries of at least a strength. */
function groups(units: readonly Unit[], least: number): Unit[][] {
  const result: Unit[][] = [[]];
  units.forEach((unit, i) => {
    result.at(-1)!.push(unit);
    if (unit.strength >= least && i < units.length - 1) result.push([]);
  });
  return result;
}

function joinUnits(units: readonly Unit[]): Unit {
  const [first, last] = [units[0]!, units.at(-1)!];
  const tokens = units.reduce((sum, { tokens }) => sum + tokens, 0);
  return { start: first.start, end: last.end, tokens, strength: last.strength };
}

/**
 * Splits a unit in the middle, between two characters if possible.
 *
 * @throws BertieError "options/value" if the unit is one character
 */
export function halve(tokenizer: BertTokenizer, text: string, unit: Unit, room: number): [Unit, Unit] {
  const middle = text.length >> 1;
  const distances = Array.from({ length: text.length }, (_, i) => middle + (i % 2 === 0 ? i >> 1 : -((i + 1) >> 1)));
  const inside = distances.filter((at) => at > 0 && at < text.length && !isInsidePair(text, at));
  const at = inside.find((at) => isGraphemeBoundary(text, at)) ?? inside[0];
  if (at === undefined) throw characterTooLong(unit.start, unit.tokens, room);
  const count = (part: string) => tokenizer.tokenize(part).length;
  return [
    { start: unit.start, end: unit.start + at, tokens: count(text.slice(0, at)), strength: strength.token },
    { ...unit, start: unit.start + at, tokens: count(text.slice(at)) },
  ];
}

function isInsidePair(text: string, at: number): boolean {
  return text.codePointAt(at - 1)! > 0xffff;
}

function characterTooLong(start: number, tokens: number, room: number): BertieError {
  const text = `the character at ${start} of the text has ${tokens} tokens: expected at most ${room}, the number that maxTokens leaves for text. Raise maxTokens by at least ${Math.max(1, tokens - room)}.`;
  return new BertieError("options/value", text);
}
