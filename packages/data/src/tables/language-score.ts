import { ALPHABETS, type Alphabet, PUNCTUATION, SYLLABARIES, type Syllabary } from "./languages.ts";

/** A language in one of its encodings, with the logarithms of its character frequencies. */
export interface LanguageModel {
  readonly name: string;
  readonly encoding: string;
  readonly logShares: ReadonlyMap<string, number>;
  /** Logarithm of the frequency of any other character. */
  readonly floor: number;
  /** Common words in ASCII letters. */
  readonly words: ReadonlySet<string>;
  /** Letters of the alphabet: "latin" letters occur within words of ASCII letters, "other" letters do not, "none" are ideographs. */
  readonly script: "latin" | "other" | "none";
  /** Mean logarithm of the frequencies of the characters of a text in this language. */
  readonly expected: number;
}

/** Share of capital letters among the letters. */
const CAPITALS = 0.05;
/** Cost of an ASCII character. Double-byte encodings may join such a byte to the byte before it. */
const ASCII_COST = -3;
const CONTROL_COST = -16;
/** Evidence of each common word, and of all of them. */
const WORD_BONUS = 0.5;
const MAX_WORD_BONUS = 6;
const MAX_WORD_TEXT = 4000;

let models: readonly LanguageModel[] | undefined;

/** Returns the models of all languages in all of their encodings. */
export function languageModels(): readonly LanguageModel[] {
  models ??= [
    ...ALPHABETS.flatMap((alphabet) => alphabet.encodings.map((encoding) => alphabetModel(alphabet, encoding))),
    ...SYLLABARIES.map(syllabaryModel),
  ];
  return models;
}

function alphabetModel({ name, letters, punctuation, words = "" }: Alphabet, encoding: string): LanguageModel {
  const isLatin = /\p{Script=Latin}/u.test(letters);
  const shares = new Map<string, number>();
  // The frequencies of letters fall exponentially: slowly in a whole alphabet, quickly among accented letters.
  addGroup(shares, letters, 0.99 - punctuation, (rank) => Math.exp(-rank / (isLatin ? 3 : 8)));
  for (const [letter, share] of [...shares]) {
    const capital = letter.toUpperCase();
    if (capital.length === 1 && capital !== letter) shares.set(capital, share * CAPITALS);
  }
  addGroup(shares, PUNCTUATION, punctuation, (rank) => Math.exp(-rank / 3));
  return modelOf(
    { name, encoding, words: new Set(words.split(" ")), script: isLatin ? "latin" : "other" },
    shares,
    0.01 / 128,
  );
}

function syllabaryModel({ name, encoding, groups, common }: Syllabary): LanguageModel {
  const shares = new Map<string, number>();
  const table = doubleByteRows(common);
  addGroup(shares, table, common.share, () => 1);
  for (const [characters, share] of groups) addGroup(shares, characters, share, (rank) => 1 / (rank + 10));
  return modelOf({ name, encoding, words: new Set(), script: "none" }, shares, 0.01 / 20_000);
}

function addGroup(shares: Map<string, number>, characters: string, share: number, weight: (rank: number) => number) {
  const list = [...new Set(characters)];
  const total = list.reduce((sum, _, rank) => sum + weight(rank), 0);
  for (const [rank, character] of list.entries())
    shares.set(character, (shares.get(character) ?? 0) + (share * weight(rank)) / total);
}

function modelOf(
  facts: Pick<LanguageModel, "name" | "encoding" | "words" | "script">,
  shares: ReadonlyMap<string, number>,
  floor: number,
): LanguageModel {
  const logShares = new Map([...shares].map(([character, share]) => [character, Math.log(share)]));
  const expected = [...shares.values()].reduce((sum, share) => sum + share * Math.log(share), 0);
  return { ...facts, logShares, floor: Math.log(floor), expected };
}

/** Returns the characters of some rows of a double-byte table. The first rows contain the common characters. */
function doubleByteRows({ encoding, from, to }: Syllabary["common"]): string {
  const bytes: number[] = [];
  for (let lead = from; lead <= to; lead++) for (let trail = 0xa1; trail <= 0xfe; trail++) bytes.push(lead, trail);
  if (encoding === "big5")
    for (let lead = from; lead <= to; lead++) for (let trail = 0x40; trail <= 0x7e; trail++) bytes.push(lead, trail);
  return new TextDecoder(encoding).decode(Uint8Array.from(bytes)).replaceAll("\ufffd", "");
}

/** Fit of a text to a language. */
export interface Score {
  readonly model: LanguageModel;
  /** Logarithm of the likelihood of the text. */
  readonly likelihood: number;
  /** Mean logarithm of the likelihood of the characters outside of ASCII. */
  readonly mean: number;
}

/**
 * Computes how well a text fits a language: the likelihood of its characters, where letters of a script do not mix with
 * letters of another script within a word, and capitals do not follow small letters.
 */
export function scoreText(text: string, model: LanguageModel): Score {
  const { logShares, floor, script } = model;
  let ascii = 0;
  let likelihood = 0;
  let count = 0;
  let previous: "ascii" | "letter" | "small" | "none" = "none";
  let run = 0;
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 0x80) {
      ascii++;
      const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
      if (isLetter && script === "other" && run > 0) likelihood -= 4;
      previous = isLetter ? (code >= 0x61 ? "small" : "ascii") : "none";
      run = 0;
      continue;
    }
    count++;
    if (code < 0xa0) {
      likelihood += CONTROL_COST;
      continue;
    }
    likelihood += logShares.get(character) ?? floor;
    if (script === "none") continue;
    const lower = character.toLowerCase();
    if (lower === character && character.toUpperCase() === character && !/\p{L}|\p{M}/u.test(character)) {
      previous = "none";
      run = 0;
      continue;
    }
    if (lower !== character && previous === "small") likelihood -= 3;
    if (script === "latin") likelihood -= run === 0 ? 0 : run === 1 ? 1.5 : 4;
    else if (run === 0 && (previous === "ascii" || previous === "small")) likelihood -= 4;
    previous = lower === character ? "small" : "letter";
    run++;
  }
  return {
    model,
    likelihood: likelihood + ascii * ASCII_COST + wordBonus(text, model),
    mean: count === 0 ? 0 : likelihood / count,
  };
}

/** Returns the evidence of common words, which tell languages apart whose accented letters are similar. */
function wordBonus(text: string, { words }: LanguageModel): number {
  if (words.size === 0) return 0;
  const found = text
    .slice(0, MAX_WORD_TEXT)
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => words.has(word));
  return Math.min(found.length * WORD_BONUS, MAX_WORD_BONUS);
}
