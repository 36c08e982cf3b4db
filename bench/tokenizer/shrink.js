// Reduces texts on which two tokenizers differ to minimal ones, and determines the cause of the difference.

/**
 * Removes characters while the tokenizers still differ (delta debugging), until every remaining character is necessary.
 *
 * @param differs function that returns, for each of several texts, whether the tokenizers differ
 */
export async function shrink(text, differs) {
  let characters = [...text];
  for (let pieces = 2; characters.length > 1; ) {
    const size = Math.ceil(characters.length / pieces);
    const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, i) => i * size);
    const candidates = starts.map((start) => characters.toSpliced(start, size));
    const verdicts = await differs(candidates.map((candidate) => candidate.join("")));
    const smaller = candidates[verdicts.indexOf(true)];
    if (smaller) {
      characters = smaller;
      pieces = Math.max(2, pieces - 1);
    } else {
      if (size === 1) break;
      pieces = Math.min(characters.length, pieces * 2);
    }
  }
  return characters.join("");
}

/** Causes of differences, each with a pattern for the minimal text. The first matching pattern is used. */
const CAUSES = [
  ["special tokens inside a text", /\[(UNK|SEP|PAD|CLS|MASK)\]/],
  ["words of more than 100 characters", /^.{60,}$/su],
  ["final sigma", /[Σσς]/],
  ["the line separators U+2028 and U+2029", /[\u2028\u2029]/],
  ["unassigned and private-use characters, noncharacters", /[\p{Cn}\p{Co}]/u],
  ["control and format characters, U+FFFD", /[\p{Cc}\p{Cf}\ufffd]/u],
  ["spaces other than ASCII's", /[\p{Zs}&&[^ ]]/v],
  ["ideographs", /\p{Ideographic}/u],
  ["Hangul", /\p{Script=Hangul}/u],
  ["combining marks", /\p{M}/u],
  ["punctuation outside ASCII", /[\p{P}&&[^\p{ASCII}]]/v],
  ["symbols outside ASCII", /[\p{S}&&[^\p{ASCII}]]/v],
];

/** Returns the cause of the difference on a minimal text. */
export function causeOf(text) {
  const cause = CAUSES.find(([, pattern]) => pattern.test(text));
  if (cause) return cause[0];
  if (/\p{M}/u.test(text.normalize("NFD"))) return "letters with accents";
  if (text.toLowerCase() !== text) return "letters in lower case";
  return /^\p{ASCII}*$/u.test(text) ? "plain ASCII" : "other letters";
}
