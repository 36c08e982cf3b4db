import leven from "leven";

const MAX_EDITS = 3;
const MIN_SIMILARITY = 0.4;
/** Minimum length of a word that matches as a prefix of the other word. */
const MIN_PREFIX = 4;

/**
 * Returns a question that names the candidate closest to a mistyped word, to be appended to an error message.
 *
 * A candidate is close if its edit distance to the word is at most 3 and less than 60% of the length of the longer word,
 * or if one of the two words starts with the other and the shorter word has at least 4 characters. Case is ignored.
 *
 * @returns ` Did you mean X?` with a leading space, or an empty string if no candidate is close.
 * @example
 * ```ts
 * import { didYouMean } from "@bertie/common";
 *
 * console.log(`unknown metric "acuracy".${didYouMean("acuracy", ["accuracy", "loss"])}`);
 * // unknown metric "acuracy". Did you mean accuracy?
 * ```
 */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const closest = closestTo(word, candidates);
  return closest === undefined ? "" : ` Did you mean ${closest}?`;
}

function closestTo(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  const scored = Array.from(candidates, (candidate) => ({ candidate, edits: editsTo(typed, candidate.toLowerCase()) }));
  return scored.filter(({ edits }) => edits <= MAX_EDITS).toSorted((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** Returns the number of edits between two words, or infinity if they are not similar. */
function editsTo(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  const edits = leven(word, candidate, { maxDistance: MAX_EDITS + 1 });
  if (edits <= MAX_EDITS && 1 - edits / length > MIN_SIMILARITY) return edits;
  const [shorter, longer] = word.length < candidate.length ? [word, candidate] : [candidate, word];
  return shorter.length >= MIN_PREFIX && longer.startsWith(shorter) ? MAX_EDITS : Number.POSITIVE_INFINITY;
}
