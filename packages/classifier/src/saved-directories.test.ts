import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
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
