import { describe, expect, it } from "vitest";
import { filesUnder, type Source } from "./sources.ts";

/** Phrases that read as if translated, and phrases that the project has standard terms for (CONTRIBUTING.md, "Style"). */
const phrases: Readonly<Record<string, RegExp>> = {
  'a distributive "a": write "examples per update"':
    /\b(?:examples|texts?|lines|rows|tokens|MB|bytes|passes|files|blocks|records|batches|updates|steps|words|ids) an? (?:update|text|line|row|step|second|word|token|batch|record|epoch|example|block|minute|thread|core)\b/i,
  '"is no X": write "is not a valid X"': /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more than\b)/i,
  '"go on": write "resume" or "continue"': /\b(?:goes|go|went) on\b/i,
  '"stands": write "is" or "occurs"': /\b(?:stands|stood)\b(?! (?:for|in for|out)\b)/i,
  '"so many": write "N"': /\bso many\b/i,
  '"come of", "hang on": write "depend on"': /\b(?:comes?|came) of\b|\bhangs? on\b/i,
  '"anew", "there or not at all": write "again", "atomically"': /\banew\b|(?:there|whole) or not at all/i,
  '"all but", "those that": write "all except", "the ones that"': /\ball but\b|\bthose (?:that|which)\b/i,
  "a sentence that starts with a noun clause: name the thing":
    /(?:\/\*\*|\/\/\/?|\. ) *What (?!is |are |was |does |do |to |happened)[a-z]/,
  '"not there yet": write "not supported yet"': /\bnot there yet\b/i,
  '"that of": repeat the noun': /\bthat of\b/i,
  '"mend", "rightly": write "repair", "correctly"': /\bmend(?:s|ed)?\b|\brightly\b/i,
};

const prose = /\.(?:ts|js|rs|py|sh|html|md)$/;
const folders = ["packages", "scripts", "bench", "examples", "docs", "tests"];
const sources = folders
  .flatMap((folder) => filesUnder(folder, prose))
  .filter(({ path }) => path !== "tests/conventions/prose.test.ts");

describe("no text contains", () => {
  it.each(Object.entries(phrases))("%s", (_, phrase) => {
    expect(sources.flatMap((source) => linesWith(source, phrase))).toEqual([]);
  });
});

/** Returns the comments and texts of a source that contain a phrase, as `path:line: text`. Code is not searched. */
function linesWith({ path, text }: Source, phrase: RegExp): string[] {
  const isCode = !path.endsWith(".md") && !path.endsWith(".html");
  return text.split("\n").flatMap((line, i) => {
    const searched = isCode ? (proseOf(line) ?? "") : line;
    return phrase.test(searched) ? [`${path}:${i + 1}: ${line.trim()}`] : [];
  });
}

/** Returns the prose in a line of code: a comment, or literals of several words. */
function proseOf(line: string): string | undefined {
  if (/^\s*(?:\*|\/\/|\/\*|#)/.test(line)) return line;
  return line.match(/(["'`])(?:(?!\1).)* (?:(?!\1).)*\1|\/\/ .*/g)?.join(" ");
}
