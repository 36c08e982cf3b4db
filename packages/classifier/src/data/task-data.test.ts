import { bertConfigFromJson } from "@bertie/model";
import { describe, expect, it } from "vitest";
import { filesInMemory } from "../model-input.ts";
import { modelTokenizer } from "../model-tokenizer.ts";
import { tinyModel, vocabulary } from "../testing/tiny-model.ts";
import { readTaskData, type TaskDataRequest } from "./task-data.ts";

const json = new TextDecoder().decode(tinyModel().get("config.json"));
const config = bertConfigFromJson(json, "config.json");
const vocab = new TextEncoder().encode(vocabulary);
const names = { config: "config.json", vocab: "vocab.txt", weights: undefined };
let tokenizers = 0;

function directory(files: Readonly<Record<string, string>>) {
  const encoder = new TextEncoder();
  return filesInMemory("data", new Map(Object.entries(files).map(([name, text]) => [name, encoder.encode(text)])));
}

const news = directory({
  "train.tsv": "good\tgood room\nbad\tbad room\nso-so\troom\n",
  "dev.tsv": "bad\tvery bad\ngood\tgood\n",
});

/** Returns a feature file of rows with the given label ids. */
function features(...labelIds: readonly number[]): NonNullable<TaskDataRequest["trainFeatures"]> {
  const lines = labelIds.map((label_id) =>
    JSON.stringify({ input_ids: [2, 5, 3], input_mask: [1, 1, 1], segment_ids: [0, 0, 0], label_id }),
  );
  const fileName = "rows.jsonl";
  return { fileName, read: async () => [{ name: fileName, bytes: new TextEncoder().encode(`${lines.join("\n")}\n`) }] };
}

const read = (request: Partial<TaskDataRequest>) =>
  readTaskData({
    ...{ taskName: undefined, directory: undefined, train: true, evaluate: false, predict: false },
    ...{ onBadRow: "fail", maxLength: 12, config },
    tokenizer: () => {
      tokenizers++;
      return modelTokenizer({ vocab, files: names, config }, true).get();
    },
    ...request,
  });

describe("readTaskData() on task files", () => {
  it("reads the requested sets, and collects labels from all rows of the training set", async () => {
    const data = await read({ taskName: "News", directory: news, evaluate: true, predict: true, maxTrainSamples: 1 });
    expect(data).toMatchObject({ taskName: "news", pairs: false, labels: ["bad", "good", "so-so"] });
    expect(data.train!.features).toHaveLength(1);
    expect(data.evaluations.map(({ name, features: { length } }) => [name, length])).toEqual([["dev", 2]]);
    expect(data.predict).toMatchObject({ name: "predict", features: { length: 2 } });
  });

  it("limits the dev set, and reads the training set for its labels even without training", async () => {
    const data = await read({ taskName: "news", directory: news, train: false, evaluate: true, maxEvalSamples: 1 });
    expect(data.train).toBeUndefined();
    expect(data.labels).toEqual(["bad", "good", "so-so"]);
    expect(data.evaluations[0]!.features.map(({ labelId }) => labelId)).toEqual([0]);
  });

  it("uses the labels of a fine-tuned model", async () => {
    const trained = { ...config, labels: ["so-so", "good", "bad"] };
    const data = await read({ taskName: "news", directory: news, config: trained });
    expect(data.labels).toEqual(trained.labels);
    expect(data.train!.features.map(({ labelId }) => labelId)).toEqual([1, 2, 0]);
  });

  it.each<[string, Partial<TaskDataRequest>, string, RegExp]>([
    ["no directory", { taskName: "news" }, "options/missing", /--data-dir/],
    ["no task", { directory: news }, "options/missing", /--task-name/],
    ["an unknown task", { taskName: "sst", directory: news }, "config/unknown-task", /sst/],
    ["a missing file", { taskName: "news", directory: directory({}) }, "input/missing-file", /data\/train\.tsv/],
    ["another number of labels", { taskName: "news", directory: news, numLabels: 2 }, "options/num-labels", /has 3/],
  ])("rejects %s", async (_, request, code, message) => {
    await expect(read(request)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("readTaskData() on features", () => {
  it("requires no task and no tokenizer, and counts the labels", async () => {
    tokenizers = 0;
    const request = { trainFeatures: features(0, 2, 1), evalFeatures: features(1, 1), evaluate: true };
    const data = await read({ ...request, maxTrainSamples: 2, maxEvalSamples: 1 });
    expect(data).toMatchObject({ taskName: undefined, pairs: false, labels: ["LABEL_0", "LABEL_1", "LABEL_2"] });
    expect(data.train!.features).toHaveLength(2);
    expect(data.evaluations[0]!.features).toHaveLength(1);
    expect(tokenizers).toBe(0);
    expect((await read({ trainFeatures: features(0, 0) })).labels).toEqual(["LABEL_0", "LABEL_1"]);
    expect((await read({ trainFeatures: features(0), numLabels: 4 })).labels).toHaveLength(4);
  });

  it("uses the labels of the model unless numLabels differs", async () => {
    const trained = { ...config, labels: ["bad", "good"] };
    expect((await read({ trainFeatures: features(0, 1), config: trained })).labels).toEqual(["bad", "good"]);
    const three = await read({ trainFeatures: features(0, 1), config: trained, numLabels: 3 });
    expect(three.labels).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  });

  it("returns the task name, which determines the metric", async () => {
    const data = await read({ taskName: "mrpc", trainFeatures: features(0, 1) });
    expect(data).toMatchObject({ taskName: "mrpc", pairs: true });
  });

  it("reads the dev set of a task in addition to features", async () => {
    const data = await read({ taskName: "news", directory: news, trainFeatures: features(0, 1), evaluate: true });
    expect(data.labels).toEqual(["bad", "good", "so-so"]);
    expect(data.evaluations[0]!.features).toHaveLength(2);
  });

  it("rejects labels that the model does not have", async () => {
    await expect(read({ trainFeatures: features(0, 3), numLabels: 2 })).rejects.toMatchObject({
      code: "input/invalid-value",
      message: expect.stringMatching(/rows\.jsonl/),
    });
    const combined = read({ taskName: "news", directory: news, trainFeatures: features(0, 5), evaluate: true });
    await expect(combined).rejects.toThrow(/train features, row 2: label_id is 5, expected less than 3/);
  });
});
