import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectLabels, labelIdsOf, resolveLabels, skipUnknownLabels } from "./labels.ts";
import { getProcessor } from "./tasks/get-processor.ts";

const examples = (...labels: (string | undefined)[]) =>
  labels.map((label, i) => ({
    guid: `dev-${i}`,
    textA: "",
    source: { fileName: "dev.tsv", line: i + 1 },
    ...(label !== undefined && { label }),
  }));

describe("collectLabels()", () => {
  it("returns each label once, sorted by code point", () => {
    // U+1F600 is above U+FF21, but the first UTF-16 code unit of U+1F600 is below U+FF21.
    expect(collectLabels(examples("b", "😀", "10", "Ａ", "9", undefined, "b"))).toEqual(["10", "9", "b", "Ａ", "😀"]);
  });

  it("sorts in the byte order of UTF-8, which is the order of code points", () => {
    const label = fc.string({ unit: fc.constantFrom("a", "b", "Ａ", "😀", "😁"), maxLength: 3 });
    fc.assert(
      fc.property(fc.uniqueArray(label), (labels) => {
        const byBytes = labels.slice().sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(collectLabels(examples(...labels))).toEqual(byBytes);
      }),
    );
  });
});

describe("labelIdsOf()", () => {
  it("returns the index of each label, and undefined for rows without a label", () => {
    expect(labelIdsOf(examples("b", undefined, "a"), ["a", "b"])).toEqual([1, undefined, 0]);
  });

  it("names file, line, label and some known labels if a label is unknown", () => {
    const known = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    expect(() => labelIdsOf(examples("a", "x\ny"), known)).toThrow(
      expect.objectContaining({
        code: "input/unknown-label",
        message:
          'dev.tsv, line 2: label "x\\ny" is not one of the 10 known labels ' +
          '("a", "b", "c", "d", "e", "f", "g", "h", and 2 more). Correct the row, or add training rows with this label.',
      }),
    );
    expect(() => labelIdsOf([{ guid: "mine", textA: "", label: "长".repeat(1000) }], known)).toThrow(
      /^example mine: label "长{40}…" is not one of/,
    );
  });
});

describe("resolveLabels()", () => {
  const news = getProcessor("news");
  const mnli = getProcessor("mnli");
  const trainExamples = examples("b", "a");

  it("returns the labels of the task, or of the training data if the task has no labels", () => {
    expect(resolveLabels(news, { trainExamples })).toEqual(["a", "b"]);
    expect(resolveLabels(mnli, { trainExamples })).toEqual(["contradiction", "entailment", "neutral"]);
  });

  it("prefers the labels of the model, in their order", () => {
    const modelLabels = ["entailment", "neutral", "contradiction"];
    expect(resolveLabels(mnli, { modelLabels })).toEqual(modelLabels);
    expect(resolveLabels(news, { modelLabels: ["b", "a", "c"], trainExamples })).toEqual(["b", "a", "c"]);
  });

  it("uses placeholder labels of the model only if no other labels are known or if the data use them", () => {
    const modelLabels = Array.from({ length: 11 }, (_, id) => `LABEL_${id}`);
    expect(resolveLabels(news, { modelLabels })).toEqual(modelLabels);
    expect(resolveLabels(news, { modelLabels, trainExamples })).toEqual(["a", "b"]);
    expect(resolveLabels(mnli, { modelLabels: modelLabels.slice(0, 3) })).toEqual(mnli.labels);
    expect(resolveLabels(news, { modelLabels, trainExamples: examples("LABEL_10", "LABEL_2") })).toEqual(modelLabels);
  });

  it("rejects unknown labels, and a model with duplicate labels", () => {
    expect(() => resolveLabels(news, {})).toThrow(expect.objectContaining({ code: "input/no-labels" }));
    expect(() => resolveLabels(news, { modelLabels: [], trainExamples: examples(undefined) })).toThrow(
      expect.objectContaining({ code: "input/no-labels" }),
    );
    expect(() => resolveLabels(news, { modelLabels: ["a", "b", "a"] })).toThrow(
      expect.objectContaining({ code: "input/duplicate-label", message: expect.stringContaining('"a" twice') }),
    );
  });
});

describe("skipUnknownLabels()", () => {
  const example = (label: string, line: number) => ({
    guid: "g",
    textA: "t",
    label,
    source: { fileName: "d.tsv", line },
  });

  it("skips examples with unknown labels, and counts them with other bad rows", () => {
    const examples = [example("a", 1), example("odd", 2), { guid: "g", textA: "t" }, example("odd", 4)];
    const set = { fileName: "d.tsv", examples, blankLines: 0 };
    const { examples: known, badRows } = skipUnknownLabels(set, ["a"]);
    expect(known).toEqual([examples[0], examples[2]]);
    expect(badRows).toEqual({ count: 2, first: expect.stringMatching(/^d\.tsv, line 2: label "odd"/) });
    const more = skipUnknownLabels({ ...set, badRows: { count: 3, first: "earlier" } }, ["a"]);
    expect(more.badRows).toEqual({ count: 5, first: "earlier" });
    expect(skipUnknownLabels(set, ["a", "odd"])).toBe(set);
  });

  it("rejects a set without any known label", () => {
    const set = { fileName: "d.tsv", examples: [example("odd", 1)], blankLines: 0 };
    expect(() => skipUnknownLabels(set, ["a"])).toThrow(expect.objectContaining({ code: "input/no-rows" }));
  });
});
