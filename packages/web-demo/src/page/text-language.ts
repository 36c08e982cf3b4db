/** Scripts that are told apart. Kana is a sign of Japanese, which also uses Chinese characters. */
export type Script = "han" | "latin" | "kana" | "other";
/** Language of a text, as far as it matters for the bundled models. */
export type TextLanguage = "zh" | "en" | "other";

const SCRIPTS: readonly (readonly [Script, RegExp])[] = [
  ["han", /\p{Script=Han}/gu],
  ["latin", /\p{Script=Latin}+/gu],
  ["kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
];
/** Letters of all other scripts. */
const OTHER = /(?:(?![\p{Script=Han}\p{Script=Latin}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}])\p{L})+/gu;

/** The most frequent English words, and frequent words of reviews. */
const ENGLISH_WORDS = new Set(
  "the and of to a in is it that was for on with as this but not are be i you we they have had at by from my so very all no or an if me he she his her its one good bad".split(
    " ",
  ),
);
/** Number of words from which on the frequent words decide whether a text is English, and their smallest fraction. */
const ENOUGH_WORDS = 20;
const FREQUENT = 0.12;
/** Smallest fraction of Japanese kana among Chinese characters and kana of a Japanese text. */
const KANA = 0.1;
/** Maximum number of characters that are examined. */
const EXAMINED = 20_000;

/** Returns the script of most words of a text; undefined if it has no letters. Each Chinese character is a word. */
export function scriptOf(text: string): Script | undefined {
  const counts = countScripts(text.slice(0, EXAMINED));
  const [script, count] = Object.entries(counts).reduce((a, b) => (b[1] > a[1] ? b : a));
  return count === 0 ? undefined : (script as Script);
}

/**
 * Returns the language of a text; undefined if it has no letters. A text in Latin letters is English, unless it is long
 * enough to have frequent English words and has hardly any.
 */
export function languageOfText(text: string): TextLanguage | undefined {
  const part = text.slice(0, EXAMINED);
  const { han, latin, kana, other } = countScripts(part);
  if (han + latin + kana + other === 0) return undefined;
  if (other > han + latin + kana) return "other";
  if (kana > KANA * (han + kana) && han + kana >= latin) return "other";
  if (han >= latin) return "zh";
  return isProbablyEnglish(part) ? "en" : "other";
}

function countScripts(text: string): Record<Script, number> {
  const counts = SCRIPTS.map(([script, pattern]) => [script, text.match(pattern)?.length ?? 0] as const);
  return {
    ...(Object.fromEntries(counts) as Record<Exclude<Script, "other">, number>),
    other: text.match(OTHER)?.length ?? 0,
  };
}

function isProbablyEnglish(text: string): boolean {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const frequent = words.filter((word) => ENGLISH_WORDS.has(word)).length;
  return words.length < ENOUGH_WORDS || frequent >= FREQUENT * words.length;
}
