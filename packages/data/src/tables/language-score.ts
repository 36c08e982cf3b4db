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

/** Characters of a text, counted for the comparison with languages. */
export interface TextProfile {
  /** Number of occurrences of the characters outside ASCII, except control characters. */
  readonly counts: ReadonlyMap<string, number>;
  readonly ascii: number;
  /** Number of control characters outside ASCII. */
  readonly controls: number;
  /** Cost of implausible neighbors of letters: capitals after small letters, and several scripts in one word. */
  readonly latinCost: number;
  readonly otherCost: number;
  /** Words in ASCII letters at the start of the text. */
  readonly words: readonly string[];
}

/** Counts the characters of a text. */
export function profileOf(text: string): TextProfile {
  const counts = new Map<string, number>();
  const kinds = new Map<string, Kind>();
  let [ascii, controls, latinCost, otherCost, run] = [0, 0, 0, 0, 0];
  let previous: Kind = "none";
  for (const character of text) {
    const code = character.charCodeAt(0);
    let kind: Kind;
    if (code < 0x80) {
      ascii++;
      const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
      kind = isLetter ? (code >= 0x61 ? "small" : "capital") : "none";
      if (isLetter && run > 0) otherCost += 4;
      run = 0;
    } else if (code < 0xa0) {
      controls++;
      continue;
    } else {
      counts.set(character, (counts.get(character) ?? 0) + 1);
      kind = kinds.get(character) ?? kindOf(character);
      kinds.set(character, kind);
      if (kind === "none") run = 0;
      else {
        const capital = kind === "capital" && previous === "small" ? 3 : 0;
        latinCost += capital + (run === 0 ? 0 : run === 1 ? 1.5 : 4);
        otherCost += capital + (run === 0 && previous !== "none" ? 4 : 0);
        run++;
      }
    }
    previous = kind;
  }
  const words = text
    .slice(0, MAX_WORD_TEXT)
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  return { counts, ascii, controls, latinCost, otherCost, words };
}

type Kind = "small" | "capital" | "none";

function kindOf(character: string): Kind {
  if (character.toLowerCase() !== character) return "capital";
  return character.toUpperCase() !== character || /\p{L}|\p{M}/u.test(character) ? "small" : "none";
}

/** Fit of a text to a language. */
export interface Score {
  readonly model: LanguageModel;
  /** Logarithm of the likelihood of the text. */
  readonly likelihood: number;
  /** Mean logarithm of the likelihood of the characters outside ASCII. */
  readonly mean: number;
}

/** Computes how well a text fits a language. */
export function scoreText(text: TextProfile, model: LanguageModel): Score {
  const { logShares, floor, script } = model;
  let likelihood = text.controls * CONTROL_COST;
  let count = text.controls;
  for (const [character, times] of text.counts) {
    likelihood += times * (logShares.get(character) ?? floor);
    count += times;
  }
  likelihood -= script === "latin" ? text.latinCost : script === "other" ? text.otherCost : 0;
  const total = likelihood + text.ascii * ASCII_COST + wordBonus(text, model);
  return { model, likelihood: total, mean: count === 0 ? 0 : likelihood / count };
}

/** Returns the evidence of common words, which distinguish languages with similar accented letters. */
export function wordBonus(text: TextProfile, { words }: LanguageModel): number {
  if (words.size === 0) return 0;
  return Math.min(text.words.filter((word) => words.has(word)).length * WORD_BONUS, MAX_WORD_BONUS);
}
