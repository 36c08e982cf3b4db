import { expect, it } from "vitest";
import { makeBatch } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { collectLabels, skipUnknownLabels } from "./labels.ts";
import { targetsOf } from "./targets.ts";

const example = (labels: readonly string[], line = 1) => ({
  guid: `train-${line}`,
  textA: "",
  labels,
  source: { fileName: "train.csv", line },
});

it("targetsOf() marks the labels of each example, also if there are none", () => {
  const examples = [example(["c", "a"]), example([]), { guid: "x", textA: "" }, { guid: "y", textA: "", value: -1.5 }];
  expect(targetsOf(examples, ["a", "b", "c"])).toEqual([
    Float32Array.of(1, 0, 1),
    Float32Array.of(0, 0, 0),
    undefined,
    Float32Array.of(-1.5),
  ]);
});

it("targetsOf() rejects an unknown label with its file and line", () => {
  expect(() => targetsOf([example(["a"], 7), example(["b", "z"], 8)], ["a", "b"])).toThrow(
    expect.objectContaining({
      code: "input/unknown-label",
      message: expect.stringContaining('train.csv, line 8: label "z"'),
    }),
  );
});

it("collectLabels() and skipUnknownLabels() consider all labels of an example", () => {
  const examples = [example(["b", "a"], 1), example(["z", "a"], 2), example([], 3)];
  expect(collectLabels(examples)).toEqual(["a", "b", "z"]);
  const { examples: kept, badRows } = skipUnknownLabels({ fileName: "f", examples, blankLines: 0 }, ["a", "b"]);
  expect(kept.map(({ guid }) => guid)).toEqual(["train-1", "train-3"]);
  expect(badRows).toMatchObject({ count: 1 });
});

it("makeBatch() has targets only if every row has targets", () => {
  const ids = Int32Array.of(1);
  const feature = (targets?: Float32Array): InputFeatures => ({
    ...{ inputIds: ids, inputMask: ids, segmentIds: ids, labelId: undefined },
    ...(targets && { targets }),
  });
  const features = [feature(Float32Array.of(0, 1)), feature(), feature(Float32Array.of(1, 1))];
  expect(makeBatch(features, [2, 0], { padTo: "longest" }).targets).toEqual(Float32Array.of(1, 1, 0, 1));
  expect(makeBatch(features, [0, 1], { padTo: "longest" })).not.toHaveProperty("targets");
  expect(makeBatch(features, [1, 0], { padTo: "longest" })).not.toHaveProperty("targets");
});
