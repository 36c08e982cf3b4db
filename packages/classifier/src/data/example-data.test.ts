import { bertConfigFromJson } from "@bertie/model";
import { beforeAll, describe, expect, it } from "vitest";
import { modelTokenizer } from "../model-tokenizer.ts";
import { tinyModel, vocabulary } from "../testing/tiny-model.ts";
import { type ExampleRequest, type ExampleSettings, readExamplesOf } from "./example-data.ts";
import type { Example } from "./examples.ts";

const config = bertConfigFromJson(new TextDecoder().decode(tinyModel().get("config.json")), "config.json");
const vocab = new TextEncoder().encode(vocabulary);
const { get } = modelTokenizer({ vocab, files: { config: "", vocab: "vocab.txt", weights: undefined }, config }, true);
const read = (request: ExampleRequest, settings: Partial<ExampleSettings> = {}) =>
  readExamplesOf(request, { maxLength: 16, seed: 42, knownLabels: undefined, ...settings }, get);
const file = (name: string, text: string) => ({ file: new File([text], name) });

const words = ["good", "bad", "room"];
/** Table with three labels; the group of a row is its number divided by 4. */
const csv = (count: number, columns = ["text", "label", "author"]) => {
  const cell = {
    text: (i: number) => `the ${words[i % 3]} ${"very ".repeat(i % 7)}${i}`,
    label: (i: number) => words[i % 3],
    author: (i: number) => `a${i >> 2}`,
  };
  const rows = Array.from({ length: count }, (_, i) =>
    columns.map((name) => cell[name as keyof typeof cell](i)).join(","),
  );
  return [columns.join(","), ...rows, ""].join("\n");
};

describe("readExamplesOf()", () => {
  let table = "";
  beforeAll(() => {
    table = csv(60);
  });

  it("holds out a fraction of the rows with the same proportions of labels, and records them", async () => {
    const { data } = await read({ train: file("a.csv", table), evalFraction: 0.2 });
    const [evaluation] = data.evaluations;
    expect([data.train!.features.length, evaluation!.features.length]).toEqual([48, 12]);
    const counts = [0, 1, 2].map((id) => evaluation!.features.filter(({ labelId }) => labelId === id).length);
    expect(counts).toEqual([4, 4, 4]);
    expect(data.split).toBeDefined();
    expect((await read({ train: file("a.csv", table), evalFraction: 0.2 })).data.evaluations[0]!.guids).toEqual(
      evaluation!.guids,
    );
    const other = await read({ train: file("a.csv", table), evalFraction: 0.2 }, { seed: 7 });
    expect(other.data.evaluations[0]!.guids).not.toEqual(evaluation!.guids);
  });

  it("keeps the rows of a group together", async () => {
    const { data } = await read({ train: { ...file("a.csv", table), group: "author" }, evalFraction: 0.25 });
    const groupsOf = (set: typeof data.train) => new Set(set!.examples!.map(({ group }) => group));
    const [trained, held] = [groupsOf(data.train), groupsOf(data.evaluations[0])];
    expect(held.size).toBeGreaterThan(1);
    expect([...held].filter((group) => trained.has(group))).toEqual([]);
  });

  it("holds out each row in exactly one of the folds", async () => {
    const held: string[] = [];
    for (const index of [0, 1, 2]) {
      const { data } = await read({ train: file("a.csv", table), fold: { index, count: 3 } });
      expect(data.train!.features.length + data.evaluations[0]!.features.length).toBe(60);
      held.push(...data.evaluations[0]!.guids!);
    }
    expect(held.toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => `train-${i}`).toSorted());
  });

  it("does not split if evaluation examples are given, too", async () => {
    const request = { train: file("a.csv", table), evaluation: file("b.csv", table), evalFraction: 0.2 };
    await expect(read(request)).rejects.toMatchObject({ code: "options/eval-fraction" });
  });

  it("finds the columns of the training table in the other sets", async () => {
    const summaries = "summary,text,label\n";
    const more = (count: number) =>
      Array.from(
        { length: count },
        (_, i) => `the room is very ${words[i % 3]} ${"very ".repeat(i)},${words[i % 3]} ${i},${words[i % 3]}\n`,
      ).join("");
    const train = { ...file("a.csv", summaries + more(30)), text: "summary" };
    const evaluation = file("b.csv", `label,text,summary\ngood,room 1,the good room\nbad,room 2,the bad room\n`);
    const test = file("c.csv", "summary,text\nthe very good room,room 3\nnot good,room 4\n");
    const { data } = await read({ train, evaluation, test });
    expect(data.evaluations[0]!.examples!.map(({ textA }) => textA)).toEqual(["the good room", "the bad room"]);
    expect(data.predict!.examples!.map(({ textA }) => textA)).toEqual(["the very good room", "not good"]);
    expect(data.layout).toMatchObject({ text: "summary", labels: ["label"] });
  });

  it("reads a table for evaluation like the training table of the model", async () => {
    const columns = { columns: ["mark", "note", "summary"], header: true, text: "note", labels: ["mark"] };
    const trainingTable = {
      layout: { ...columns, labelSeparator: "|" },
      pairs: false,
      problemType: "multi_label_classification" as const,
    };
    const evaluation = file(
      "b.csv",
      "summary,note,mark\nlong text one,good,a|b\nlong text two,bad,b\nlong text three,room,\n",
    );
    const { data } = await read({ evaluation }, { knownLabels: ["a", "b"], trainingTable });
    expect(data.problemType).toBe("multi_label_classification");
    expect(data.evaluations[0]!.examples!.map(({ textA, labels }) => [textA, labels])).toEqual([
      ["good", ["a", "b"]],
      ["bad", ["b"]],
      ["room", []],
    ]);
  });

  it("rejects evaluation labels that the training set does not have, and names them", async () => {
    const evaluation = file("b.csv", "text,label\nroom,great\nroom 2,good\n");
    await expect(read({ train: file("a.csv", table), evaluation })).rejects.toThrow(/"great"/);
  });

  it("rejects a single label, and sets of different kinds", async () => {
    const same: Example[] = [1, 2, 3].map((i) => ({ text: `room ${i}`, label: "good" }));
    await expect(read({ train: same })).rejects.toMatchObject({ code: "input/too-few-labels" });
    const values: Example[] = [1, 2, 3].map((value) => ({ text: `room ${value}`, value }));
    await expect(read({ train: file("a.csv", table), evaluation: values })).rejects.toMatchObject({
      code: "input/not-labels",
    });
  });

  it("reads rows to classify without labels", async () => {
    const test = file("c.csv", "label,text\n?,room one\n?,room two\n");
    const { data } = await read({ test }, { knownLabels: ["good", "bad"] });
    expect(data.predict!.features.map(({ labelId }) => labelId)).toEqual([undefined, undefined]);
    await expect(read({ test })).rejects.toMatchObject({ code: "input/no-labels" });
  });
});
