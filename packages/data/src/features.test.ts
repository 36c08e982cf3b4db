import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputExample } from "./example.ts";
import { type ExampleLog, formatExampleLog } from "./example-log.ts";
import { convertExamplesToFeatures } from "./features.ts";
import type { WordPieceTokenizer } from "./tokenizer.ts";

/** Word-level tokenizer with a small vocabulary; other words become [UNK]. */
const VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d", "e"];
const tokenizer: WordPieceTokenizer = {
  encodeBatch(texts, { maxLength }) {
    const rows = texts.map((text) => {
      const [a, b] = (typeof text === "string" ? [text] : text).map(words) as [number[], number[] | undefined];
      if (b === undefined) return { ids: [2, ...a.slice(0, maxLength - 2), 3], second: 0 };
      while (a.length + b.length > maxLength - 3) (a.length > b.length ? a : b).pop();
      return { ids: [2, ...a, 3, ...b, 3], second: b.length + 1 };
    });
    const longest = Math.max(...rows.map(({ ids }) => ids.length));
    const ids = new Int32Array(rows.length * longest);
    const typeIds = new Int32Array(rows.length * longest);
    rows.forEach((row, i) => {
      ids.set(row.ids, i * longest);
      const end = i * longest + row.ids.length;
      typeIds.fill(1, end - row.second, end);
    });
    return { ids, typeIds, lengths: rows.map(({ ids }) => ids.length) };
  },
  idToToken: (id) => VOCAB[id],
};

function words(text: string): number[] {
  const parts = text.split(" ").filter((word) => word !== "");
  return parts.map((word) => (VOCAB.includes(word) ? VOCAB.indexOf(word) : 1));
}

const pair: InputExample = { guid: "dev-1", textA: "a b c d", textB: "e x", label: "no" };
const single: InputExample = { guid: "dev-2", textA: "a b" };

describe("convertExamplesToFeatures()", () => {
  it("returns arrays as long as the tokens, token type id 1 for the second text, and the label id or undefined", () => {
    expect(convertExamplesToFeatures([pair, single], ["yes", "no"], 16, tokenizer)).toEqual([
      {
        inputIds: Int32Array.of(2, 4, 5, 6, 7, 3, 8, 1, 3),
        inputMask: new Int32Array(9).fill(1),
        segmentIds: Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1),
        labelId: 1,
      },
      {
        inputIds: Int32Array.of(2, 4, 5, 3),
        inputMask: new Int32Array(4).fill(1),
        segmentIds: new Int32Array(4),
        labelId: undefined,
      },
    ]);
  });

  it("splits long texts into windows that know their example", () => {
    const long: InputExample = { guid: "dev-3", textA: "a b c d e", label: "yes" };
    const features = convertExamplesToFeatures([long, single], ["yes"], 5, tokenizer, {
      longText: "windows",
      windowOverlap: 1,
    });
    expect(features.map(({ inputIds, labelId, example }) => [[...inputIds], labelId, example])).toEqual([
      [[2, 4, 5, 6, 3], 0, 0],
      [[2, 6, 7, 8, 3], 0, 0],
      [[2, 4, 5, 3], undefined, 1],
    ]);
  });

  it("keeps the head and the tail of long texts, and does not change short ones", () => {
    const long: InputExample = { guid: "dev-3", textA: "a b c d e a b c" };
    const features = convertExamplesToFeatures([long, single], [], 6, tokenizer, { longText: "head+tail" });
    expect(features.map(({ inputIds }) => [...inputIds])).toEqual([
      [2, 4, 4, 5, 6, 3],
      [2, 4, 5, 3],
    ]);
    expect(features.every(({ example }) => example === undefined)).toBe(true);
  });

  it("truncates to maxSeqLength", () => {
    const [feature] = convertExamplesToFeatures([pair], ["no"], 6, tokenizer);
    expect([...feature!.inputIds]).toEqual([2, 4, 5, 3, 8, 3]);
    expect([...feature!.segmentIds]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("returns the features of any number of examples in order", () => {
    const word = fc.constantFrom("a", "b", "c", "d", "e", "x");
    const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
    const example = fc.record(
      { guid: fc.constant("g"), textA: text, textB: text, label: fc.constantFrom("yes", "no") },
      { requiredKeys: ["guid", "textA"] },
    );
    fc.assert(
      fc.property(fc.array(example, { minLength: 257, maxLength: 520 }), (examples) => {
        const convert = (some: InputExample[]) => convertExamplesToFeatures(some, ["yes", "no"], 8, tokenizer);
        expect(convert(examples)).toEqual(examples.flatMap((one) => convert([one])));
      }),
      { numRuns: 10 },
    );
  });

  it("passes the first five examples to onExample, padded to maxSeqLength", () => {
    const logs: ExampleLog[] = [];
    const onExample = (log: ExampleLog) => logs.push(log);
    const examples = Array.from({ length: 7 }, (_, i) => ({ ...single, guid: `dev-${i}` }));
    convertExamplesToFeatures(examples, [], 6, tokenizer, { onExample });
    expect(logs.map(({ guid }) => guid)).toEqual(["dev-0", "dev-1", "dev-2", "dev-3", "dev-4"]);
    expect(logs[0]).toEqual({
      guid: "dev-0",
      tokens: ["[CLS]", "a", "b", "[SEP]"],
      inputIds: Int32Array.of(2, 4, 5, 3, 0, 0),
      inputMask: Int32Array.of(1, 1, 1, 1, 0, 0),
      segmentIds: new Int32Array(6),
      label: undefined,
      labelId: undefined,
    });
  });

  it("names file and line of an unknown label", () => {
    const example = { ...pair, source: { fileName: "dev.tsv", line: 7 } };
    expect(() => convertExamplesToFeatures([example], ["yes"], 16, tokenizer)).toThrow(/^dev\.tsv, line 7: label "no"/);
  });

  it.each([2, 3.5, Number.NaN])("rejects a maxSeqLength of %s", (maxSeqLength) => {
    expect(() => convertExamplesToFeatures([], [], maxSeqLength, tokenizer)).toThrow(
      expect.objectContaining({ code: "config/max-seq-length" }),
    );
  });
});

describe("formatExampleLog()", () => {
  it("formats the lines of the 2018 script", () => {
    const logs: ExampleLog[] = [];
    convertExamplesToFeatures([pair, single], ["yes", "no"], 10, tokenizer, { onExample: (log) => logs.push(log) });
    expect(formatExampleLog(logs[0]!)).toEqual([
      "*** Example ***",
      "guid: dev-1",
      "tokens: [CLS] a b c d [SEP] e [UNK] [SEP]",
      "input_ids: 2 4 5 6 7 3 8 1 3 0",
      "input_mask: 1 1 1 1 1 1 1 1 1 0",
      "segment_ids: 0 0 0 0 0 0 1 1 1 0",
      "label: no (id = 1)",
    ]);
    expect(formatExampleLog(logs[1]!).at(-1)).toBe("label: none");
  });
});
