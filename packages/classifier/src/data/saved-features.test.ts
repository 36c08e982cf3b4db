import { createHash } from "node:crypto";
import { bertConfigFromJson } from "@bertie/model";
import { describe, expect, it } from "vitest";
import { fileSourceOf } from "../model-input.ts";
import { modelTokenizer } from "../model-tokenizer.ts";
import { memoryStorage } from "../storage/memory.ts";
import type { Workspace } from "../storage/storage.ts";
import { examples, tinyModel, vocabulary } from "../testing/tiny-model.ts";
import { type DataSet, tokenizeSet } from "./data-set.ts";
import { readExampleSet } from "./examples.ts";
import { describeInput, recordReads } from "./recorded-source.ts";
import { encodeSets, readSavedFeatures, type SavedSet, writeSavedSets } from "./saved-features.ts";
import { areFeaturePairs } from "./task-data.ts";

const files = tinyModel();
const config = bertConfigFromJson(new TextDecoder().decode(files.get("config.json")), "config.json");
const vocab = new TextEncoder().encode(vocabulary);
const names = { config: "config.json", vocab: "vocab.txt", weights: undefined };
const tokenizer = await modelTokenizer({ vocab, files: names, config }, true).get();
const labels = ["bad", "good"];
const limits = { maxSeqLength: 12, numLabels: 2 };

async function setOf(name: string, rows: Iterable<ReturnType<typeof examples>[number]>): Promise<DataSet> {
  const read = await readExampleSet(name, rows);
  return tokenizeSet(name, read, labels, { maxLength: 12, onBadRow: "fail" }, tokenizer);
}

async function save(workspace: Workspace, sets: readonly DataSet[]): Promise<SavedSet[]> {
  const saved = encodeSets(sets, undefined);
  await writeSavedSets(workspace, saved);
  return saved;
}

describe("writeSavedSets() and readSavedFeatures()", () => {
  it("preserve the features of every set", async () => {
    const pairs = examples(5).map((row, i) => ({ ...row, pair: i % 2 ? "good room" : undefined }));
    const sets = [await setOf("train", pairs), await setOf("dev", examples(3))];
    const workspace = await memoryStorage().open();
    const saved = await save(workspace, sets);
    expect(saved.map(({ path }) => path)).toEqual(["data/train.jsonl", "data/dev.jsonl"]);
    for (const [i, { path, contents }] of saved.entries()) {
      const { name, features } = sets[i]!;
      const read = await readSavedFeatures(workspace, path, name, config, limits);
      expect(read).toMatchObject({ path, contents, set: { name, logs: [], notes: [] } });
      expect(read!.set.features).toEqual(features);
      expect(areFeaturePairs(read!.set)).toBe(areFeaturePairs(sets[i]));
    }
    expect(sets.map(areFeaturePairs)).toEqual([true, false]);
    await workspace.close();
  });

  it("write the same bytes when a saved set is saved again", async () => {
    const workspace = await memoryStorage().open();
    const [saved] = await save(workspace, [await setOf("train", examples(4))]);
    const read = await readSavedFeatures(workspace, saved!.path, "train", config, limits);
    const [again] = await save(workspace, [read!.set]);
    expect(again!.contents).toEqual(saved!.contents);
    await workspace.close();
  });

  it("return undefined if nothing is saved", async () => {
    const workspace = await memoryStorage().open();
    for (const path of [undefined, null, 1, "data/train.jsonl"])
      expect(await readSavedFeatures(workspace, path, "train", config, limits)).toBeUndefined();
    await workspace.close();
  });

  it("reject features that do not fit the model", async () => {
    const workspace = await memoryStorage().open();
    await save(workspace, [await setOf("train", examples(4))]);
    const read = (small: Partial<typeof config>, fewer: Partial<typeof limits>) =>
      readSavedFeatures(workspace, "data/train.jsonl", "train", { ...config, ...small }, { ...limits, ...fewer });
    await expect(read({ vocabSize: 6 }, {})).rejects.toThrow(/^memory\/data\/train\.jsonl/);
    await expect(read({}, { numLabels: 1 })).rejects.toThrow(/^memory\/data\/train\.jsonl/);
    await expect(read({}, { maxSeqLength: 3 })).rejects.toThrow(/^memory\/data\/train\.jsonl/);
    await workspace.close();
  });
});

describe("recordReads()", () => {
  it("records files in the order of reading, with their sizes and hashes", async () => {
    const { source, files: recorded } = recordReads(fileSourceOf(files));
    expect(source.name).toBe("model");
    expect(await source.read("vocab.txt")).toEqual(files.get("vocab.txt"));
    expect(await source.read("none")).toBeUndefined();
    expect(await source.read("config.json")).toEqual(files.get("config.json"));
    const of = (name: string) => {
      const bytes = files.get(name)!;
      return { path: `model/${name}`, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    };
    expect(recorded()).toEqual([of("vocab.txt"), of("config.json")]);
    expect(await describeInput("model/vocab.txt", files.get("vocab.txt")!)).toEqual(of("vocab.txt"));
  });

  it("rethrows errors without recording the file", async () => {
    const failing = { name: "x", read: () => Promise.reject(new Error("read failed")) };
    const { source, files: recorded } = recordReads(failing);
    await expect(source.read("a")).rejects.toThrow("read failed");
    expect(recorded()).toEqual([]);
  });
});
