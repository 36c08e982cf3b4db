import { describe, expect, it } from "vitest";
import { readFeatures } from "./feature-file.ts";
import type { FeatureLimits } from "./feature-rows.ts";

const good = { input_ids: [2, 7, 3], input_mask: [1, 1, 1], segment_ids: [0, 0, 1], label_id: 1 };
const bytesOf = (...records: unknown[]) =>
  new TextEncoder().encode(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
const read = (...records: unknown[]) => readFeatures(bytesOf(...records), "f.jsonl");

describe("readFeatures()", () => {
  it("reads one record per line, and skips and counts blank lines", () => {
    const bytes = new TextEncoder().encode(`${JSON.stringify(good)}\r\n\n${JSON.stringify({ ...good, extra: "x" })}`);
    const feature = {
      inputIds: Int32Array.of(2, 7, 3),
      inputMask: Int32Array.of(1, 1, 1),
      segmentIds: Int32Array.of(0, 0, 1),
      labelId: 1,
    };
    expect(readFeatures(bytes, "f.jsonl")).toEqual({
      fileName: "f.jsonl",
      problemType: "single_label_classification",
      features: [feature, feature],
      blankLines: 1,
    });
  });

  const bare = { input_ids: [2, 3], input_mask: [1, 1], segment_ids: [0, 0] };

  it("reads the targets of multi-label classification and regression", () => {
    const multi = read({ ...bare, labels: [1, 0, 0.5] });
    expect(multi.problemType).toBe("multi_label_classification");
    expect(multi.features[0]).toMatchObject({ labelId: undefined, targets: Float32Array.of(1, 0, 0.5) });
    const regression = read({ ...bare, value: -2.5 });
    expect(regression.problemType).toBe("regression");
    expect(regression.features[0]).toMatchObject({ labelId: undefined, targets: Float32Array.of(-2.5) });
    expect(read(bare)).not.toHaveProperty("problemType");
  });

  it.each([
    ["another kind of label", [{ label_id: 0 }, { value: 1 }], "input/invalid-value", '"label_id"'],
    ["both labels and a value", [{ labels: [1], value: 1 }], "input/invalid-value", '"value"'],
    ["another number of labels", [{ labels: [1, 0] }, { labels: [1] }], "input/length-mismatch", '"labels"'],
    ["no label at all", [{ labels: [] }], "input/length-mismatch", '"labels"'],
    ["a label above 1", [{ labels: [1, 2] }], "input/invalid-value", '"labels"[1]'],
    ["labels that are a number", [{ labels: 1 }], "input/invalid-value", '"labels"'],
    ["a value that is a string", [{ value: "3" }], "input/invalid-value", '"value"'],
  ])("rejects %s", (_, rows, code, key) => {
    const lines = rows.map((row) => JSON.stringify({ ...bare, ...row })).join("\n");
    const error = expect(() => readFeatures(new TextEncoder().encode(lines), "f.jsonl"));
    error.toThrow(expect.objectContaining({ code, message: expect.stringContaining(key) }));
    error.toThrow(`f.jsonl, line ${rows.length}`);
  });

  it("removes padding at the end, and keeps a masked token between other tokens", () => {
    const padded = { input_ids: [2, 7, 3, 0, 0], input_mask: [1, 0, 1, 0, 0], segment_ids: [0, 0, 1, 0, 0] };
    expect(read(padded).features).toEqual([
      {
        inputIds: Int32Array.of(2, 7, 3),
        inputMask: Int32Array.of(1, 0, 1),
        segmentIds: Int32Array.of(0, 0, 1),
        labelId: undefined,
      },
    ]);
  });

  it.each<[string, unknown, string, RegExp]>([
    ["an array", [1], "input/invalid-json", /line 2: expected a JSON object, found another/],
    ["a record without a mask", { input_ids: [1], segment_ids: [0] }, "input/missing-key", /"input_mask" is missing/],
    [
      "ids that are not an array",
      { ...good, input_ids: "2 7 3" },
      "input/invalid-value",
      /"input_ids" is not an array/,
    ],
    ["a fraction", { ...good, input_ids: [2, 7.5, 3] }, "input/invalid-value", /"input_ids"\[1\] is 7.5/],
    ["a string", { ...good, input_ids: [2, 7, "3"] }, "input/invalid-value", /"input_ids"\[2\] is "3"/],
    ["a negative id", { ...good, input_ids: [-1, 7, 3] }, "input/invalid-value", /"input_ids"\[0\] is -1/],
    ["an id past int32", { ...good, input_ids: [2, 2 ** 31, 3] }, "input/invalid-value", /"input_ids"\[1\]/],
    [
      "a mask of 2",
      { ...good, input_mask: [1, 2, 1] },
      "input/invalid-value",
      /"input_mask"\[1\] is 2, .* from 0 to 1\. /,
    ],
    ["a mask of 0", { ...good, input_mask: [0, 0, 0] }, "input/invalid-value", /"input_mask" has no 1/],
    ["a negative label", { ...good, label_id: -1 }, "input/invalid-value", /"label_id" is -1/],
    ["a label that is a name", { ...good, label_id: "a" }, "input/invalid-value", /"label_id" is "a"/],
    ["a short mask", { ...good, input_mask: [1] }, "input/length-mismatch", /"input_mask" has 1 values, .* has 3/],
    ["long segments", { ...good, segment_ids: [0, 0, 0, 0] }, "input/length-mismatch", /"segment_ids" has 4 values/],
  ])("rejects %s and names file, line and key", (_, record, code, message) => {
    expect(() => read(good, record)).toThrow(
      expect.objectContaining({ name: "BertieError", code, message: expect.stringMatching(message) }),
    );
    expect(() => read(good, record)).toThrow(/^f\.jsonl, line 2: /);
  });

  it("rejects a line that is not JSON, and a file without rows", () => {
    const broken = new TextEncoder().encode('\n{"input_ids":[1,');
    expect(() => readFeatures(broken, "f.jsonl")).toThrow(
      expect.objectContaining({ code: "input/invalid-json", message: expect.stringMatching(/^f\.jsonl, line 2: /) }),
    );
    expect(() => read()).toThrow(expect.objectContaining({ code: "input/no-rows" }));
  });

  it.each<[keyof FeatureLimits, number, RegExp]>([
    ["vocabSize", 7, /"input_ids"\[1\] is 7, but must be an integer from 0 to 6\. Correct the value\.$/],
    ["typeVocabSize", 1, /"segment_ids"\[2\] is 1/],
    ["numLabels", 1, /"label_id" is 1/],
    ["maxSeqLength", 2, /expected at most 2 tokens in "input_ids" \(max_seq_length\), found 3/],
  ])("checks features against %s", (limit, value, message) => {
    expect(() => readFeatures(bytesOf(good), "f.jsonl", { [limit]: value })).toThrow(message);
    expect(readFeatures(bytesOf(good), "f.jsonl", { [limit]: value + 1 }).features).toHaveLength(1);
  });

  it("rejects a line that is too long, and a row without a label if labels are required", () => {
    expect(() => read({ ...good, note: "x".repeat(1 << 20) })).toThrow(
      expect.objectContaining({ code: "input/line-too-long" }),
    );
    const { label_id: _, ...unlabeled } = good;
    expect(() => readFeatures(bytesOf(good, unlabeled), "f.jsonl", { needsLabel: true })).toThrow(
      expect.objectContaining({ code: "input/missing-key", message: expect.stringMatching(/^f\.jsonl, line 2: /) }),
    );
  });

  it('skips and counts bad rows if onBadRow is "skip"', () => {
    const bytes = bytesOf(good, [1], { ...good, label_id: 7 }, good);
    const { features, badRows } = readFeatures(bytes, "f.jsonl", { numLabels: 2 }, { onBadRow: "skip" });
    expect(features).toHaveLength(2);
    expect(badRows).toEqual({ count: 2, first: expect.stringMatching(/^f\.jsonl, line 2: /) });
  });

  it("does not count padding towards maxSeqLength", () => {
    const padded = { input_ids: [2, 3, 0], input_mask: [1, 1, 0], segment_ids: [0, 0, 0] };
    expect(readFeatures(bytesOf(padded), "f.jsonl", { maxSeqLength: 2 }).features).toHaveLength(1);
  });
});
