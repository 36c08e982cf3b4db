import type { SentenceSegmenter } from "./options.ts";
/** Kinds of boundaries between two parts of a text, from the last resort to the best place to split. */
export const strength = { codePoint: 0, token: 1, word: 2, space: 3, line: 4, sentence: 5, paragraph: 6 } as const;

/** A place where a text may be split. */
export type Boundary = { readonly at: number; readonly strength: number };

/**
 * Number of UTF-16 code units whose sentences are found together. In some engines, the time per sentence is proportional
 * to the length of the segmented text.
 */
const WINDOW = 4096;

/** Number of UTF-16 code units that {@link findBoundaries} needs, unless the text ends before. */
export const LOOKAHEAD = 1 << 16;

const HEADING = /^ {0,3}#{1,6}[ \t]/;
/** Whitespace, punctuation or an ideograph, after which a word ends. */
const WORD_END = /[\s\p{P}\p{Script=Han}](?![\p{M}\p{Cf}])/gu;
/** A character that may be part of the same grapheme as the next character. */
const JOINS_NEXT = /[\p{Cf}\p{M}\p{Extended_Pictographic}]$/u;

/**
 * Returns the boundaries of the next part of a text, in order. The part ends at the last boundary, and depends only on the
 * text from `from`.
 *
 * @param text the whole text, or its beginning with more than {@link LOOKAHEAD} code units after `from`
 */
export function findBoundaries(text: string, from: number, sentences: SentenceSegmenter): Boundary[] {
  const window = text.slice(from, from + WINDOW);
  const isEnd = from + WINDOW >= text.length;
  const found = boundariesOf(window, isEnd, sentences);
  const global = (count: number) => found.slice(0, count).map(({ at, strength }) => ({ at: from + at, strength }));
  if (isEnd) return global(found.length);
  const lastParagraph = found.findLastIndex((boundary) => boundary.strength === strength.paragraph);
  // The sentence at the end of the window may be incomplete.
  const complete = lastParagraph >= 0 ? lastParagraph + 1 : found.length - 1;
  return complete > 0 ? global(complete) : [endOfWord(text, from)];
}

/** Returns the boundaries of a window: the ends of its sentences and paragraphs, and the end of the window. */
function boundariesOf(window: string, isEnd: boolean, sentences: SentenceSegmenter): Boundary[] {
  const { joined, lineEnds } = joinLines(window, isEnd);
  const found: Boundary[] = [];
  for (const { index, segment } of sentences.segment(joined)) {
    const at = index + segment.length;
    const boundary = { at, strength: lineEnds.get(at) ?? strength.sentence };
    const isBlank = segment.trim() === "";
    if (at < window.length && ((isBlank && found.length === 0) || JOINS_NEXT.test(segment.slice(-2)))) continue;
    if (isBlank && found.length > 0) found.pop();
    found.push(boundary);
  }
  return found;
}

/**
 * Replaces line ends by spaces, except at the ends of paragraphs and headings, so that a sentence may have several lines.
 *
 * @returns the text, of the same length, and the strengths of the boundaries after the remaining line ends
 */
function joinLines(window: string, isEnd: boolean): { joined: string; lineEnds: Map<number, number> } {
  const lines = window.split("\n");
  const lineEnds = new Map<number, number>();
  // The last line may continue after the window.
  const kindOf = (i: number) => {
    if (HEADING.test(lines[i]!)) return "heading";
    return lines[i]!.trim() === "" && (isEnd || i < lines.length - 1) ? "blank" : "text";
  };
  let joined = "";
  let kind = kindOf(0);
  for (let i = 0; i < lines.length - 1; i++) {
    const next = kindOf(i + 1);
    const line = lines[i]!;
    if (kind === "blank" || (kind === "text" && next === "text")) joined += `${line.replace(/\r$/, " ")} `;
    else {
      joined += `${line}\n`;
      // A heading stays with the text below.
      lineEnds.set(joined.length, kind === "heading" ? strength.line : strength.paragraph);
    }
    kind = next;
  }
  return { joined: joined + lines.at(-1)!, lineEnds };
}

/** Returns the end of the last line or word of a window that has no end of a sentence, or else of the first word after it. */
function endOfWord(text: string, from: number): Boundary {
  const window = text.slice(from, from + WINDOW);
  const lineEnd = window.lastIndexOf("\n") + 1;
  if (lineEnd > WINDOW / 2) return { at: from + lineEnd, strength: strength.line };
  const inside = [...window.matchAll(WORD_END)].at(-1);
  if (inside !== undefined) return endOfMatch(inside, from);
  const after = text
    .slice(from + WINDOW, from + LOOKAHEAD - 2)
    .matchAll(WORD_END)
    .next().value;
  if (after !== undefined) return endOfMatch(after, from + WINDOW);
  if (text.length - from <= LOOKAHEAD) return { at: text.length, strength: strength.paragraph };
  const isInsidePair = text.codePointAt(from + LOOKAHEAD - 1)! > 0xffff;
  return { at: from + LOOKAHEAD - (isInsidePair ? 1 : 0), strength: strength.token };
}

function endOfMatch({ 0: match, index }: RegExpExecArray, from: number): Boundary {
  return { at: from + index + match.length, strength: match.trim() === "" ? strength.space : strength.word };
}
