import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { describe, expect, it } from "vitest";
import { SentenceEncoder } from "./embed/sentence-encoder.ts";
import { TextClassifier } from "./text-classifier.ts";

const folder = fileURLToPath(new URL("../fixtures/saved-directories", import.meta.url));

/** Written by scripts/reference/saved-directories.py. */
type Expected = {
  readonly texts: readonly (string | readonly [string, string])[];
  readonly logits?: readonly (readonly number[])[];
  readonly rejected?: string;
};

/** Returns what is known about logits from the scores of a text. A softmax does not depend on the mean of the logits. */
function comparable({ problemType }: TextClassifier, logits: readonly number[]): number[] {
  const mean = logits.reduce((sum, value) => sum + value, 0) / logits.length;
  return problemType === "single_label_classification" ? logits.map((value) => value - mean) : [...logits];
}

describe("directories that transformers saved", () => {
  it.each(readdirSync(folder))("%s loads exactly or is rejected by name", async (name) => {
    const directory = join(folder, name);
    const { texts, logits, rejected }: Expected = JSON.parse(readFileSync(join(directory, "expected.json"), "utf8"));
    const loading = TextClassifier.load(directory, { engine: "reference" });
    if (logits === undefined) {
      await expect(loading).rejects.toMatchObject({ message: expect.stringMatching(rejected!) });
      return;
    }
    await using classifier = await loading;
    const { labels, problemType } = classifier;
    const results = await classifier.classify(
      texts.map((text) => (typeof text === "string" ? text : { text: text[0], pair: text[1] })),
    );
    for (const [row, scores] of results.entries()) {
      const found = labels.map((label) => {
        const { score } = scores.find((each) => each.label === label)!;
        if (problemType === "regression") return score;
        return problemType === "multi_label_classification" ? Math.log(score / (1 - score)) : Math.log(score);
      });
      const wanted = comparable(classifier, logits[row]!);
      for (const [id, value] of comparable(classifier, found).entries())
        expect(Math.abs(value - wanted[id]!), `${texts[row]}`).toBeLessThan(1e-5);
    }
  });
});

/** Texts that depend on the settings of a tokenizer: case, accents, ideographs, and special and added tokens. */
const trickyTexts = [
  ...[
    "",
    " ",
    "Hello WORLD",
    "Café naïve ÉCOLE",
    "中文abc字",
    "İstanbul ΑΣ ß",
    "a\u0301\u200bb\u00a0c",
    "x".repeat(101),
  ],
  ...[
    "a[SEP]b [MASK] [sep]",
    "[CLS] [cls] [UNK]",
    "<e>a <e> A<E>",
    "newtoken NewToken anewtoken",
    "##ing [unused1] ing",
  ],
];

/** Returns texts that depend on the settings and the added tokens of a tokenizer. */
function textsFor({ addedTokens }: BertTokenizer): string[] {
  const added = addedTokens.flatMap(({ content }) => [content, `a${content}B ${content.toUpperCase()} `]);
  return [...trickyTexts, ...added];
}

describe("SentenceEncoder", () => {
  it.each(readdirSync(folder))("%s has the ids of BertTokenizer.fromPretrained()", async (name) => {
    const directory = join(folder, name);
    const creating = BertTokenizer.fromPretrained(directory);
    const loading = SentenceEncoder.load(directory, { engine: "reference" });
    const failure = await creating.then(
      () => undefined,
      (error: { readonly code: string; readonly message: string }) => error,
    );
    if (failure !== undefined) {
      await expect(loading).rejects.toMatchObject({ code: failure.code, message: failure.message });
      return;
    }
    const tokenizer = await creating;
    await using encoder = await loading;
    for (const text of textsFor(tokenizer))
      expect(encoder.tokenizer.encode(text).ids, text).toEqual(tokenizer.encode(text).ids);
    expect((await encoder.embed("Hello")).every(Number.isFinite)).toBe(true);
  });
});

describe("BertTokenizer.fromPretrained()", () => {
  it.each(readdirSync(folder))("%s has the ids of the classifier", async (name) => {
    const directory = join(folder, name);
    const { texts }: Expected = JSON.parse(readFileSync(join(directory, "expected.json"), "utf8"));
    const loading = TextClassifier.load(directory, { engine: "reference" });
    const failure = await loading.then(
      () => undefined,
      (error: { readonly code: string; readonly message: string }) => error,
    );
    // The classifier also rejects models whose tokenizer is valid.
    if (failure !== undefined && !failure.code.startsWith("tokenizer/")) return;
    const creating = BertTokenizer.fromPretrained(directory);
    if (failure !== undefined) {
      await expect(creating).rejects.toMatchObject({ code: failure.code, message: failure.message });
      return;
    }
    await using classifier = await loading;
    const tokenizer = await creating;
    expect(tokenizer.options).toEqual(classifier.tokenizer.options);
    for (const text of [...texts.flat(), ...textsFor(tokenizer)])
      expect(tokenizer.encode(text).ids, text).toEqual(classifier.tokenizer.encode(text).ids);
  });
});
