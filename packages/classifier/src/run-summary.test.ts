import { readFileSync } from "node:fs";
import { createReferenceExecutor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { exportRun, findDataFiles, importRun } from "./portable-run.ts";
import { summarizeRun } from "./run-summary.ts";
import { memoryStorage } from "./storage/memory.ts";
import { byteChunks, type Storage } from "./storage/storage.ts";
import { createTrainer, type TrainerOptions } from "./trainer.ts";

const fixture = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url));
const bytes = (text: string) => new TextEncoder().encode(text);

const CONFIG = {
  ...{ vocab_size: 101, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 },
  ...{ hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, max_position_embeddings: 16, type_vocab_size: 2 },
};
const model = new Map([
  ["config.json", bytes(JSON.stringify(CONFIG))],
  ["vocab.txt", fixture("tests/cli/fixtures/vocab.txt")],
]);

/** Returns a table in the layout of the task news. */
const news = (rows: number) =>
  Array.from({ length: rows }, (_, i) => `${["bad", "good"][i % 2]}\t${["很差", "很好"][i % 2]}，${i}\n`).join("");
const trainFile = new File([news(10)], "train.tsv");
const devFile = new File([news(4)], "dev.tsv");

const start: TrainerOptions = {
  model,
  train: { task: "news", set: "train", file: trainFile, first: 8 },
  evaluation: { task: "news", set: "dev", file: devFile },
  ...{ maxLength: 12, batchSize: 4, epochs: 3, learningRate: 1e-2, lowercase: true, randomWeights: true },
};

/** Runs a trainer to its end, or to a checkpoint after step `until`. */
async function run(options: TrainerOptions, until = Number.POSITIVE_INFINITY): Promise<void> {
  const trainer = await createTrainer({ ...options, executor: createReferenceExecutor() });
  for await (const event of trainer.run()) {
    if (event.type === "step" && event.step === until) trainer.requestCheckpoint();
    if (event.type === "checkpoint" && event.step >= until) return;
  }
}

/** Returns the files of an exported run. */
async function exported(storage: Storage): Promise<Map<string, Blob>> {
  const files = new Map<string, Blob>();
  await exportRun(storage, {
    async write(path, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of byteChunks(chunks)) parts.push(chunk);
      files.set(path, new Blob(parts as BlobPart[]));
    },
  });
  return files;
}

async function uninterrupted(options: TrainerOptions): Promise<Storage> {
  const storage = memoryStorage();
  await run({ ...options, storage });
  return storage;
}

describe("summarizeRun()", () => {
  it("returns undefined for a storage without a run", async () => {
    expect(await summarizeRun(memoryStorage())).toBeUndefined();
  });

  it("returns the progress of an interrupted run, and the evaluation of a finished one", async () => {
    const storage = memoryStorage();
    await run({ ...start, storage, keepData: true }, 3);
    const interrupted = await summarizeRun(storage);
    expect(interrupted).toMatchObject({ state: "unfinished", step: 3, steps: 6, device: "cpu", needed: [] });
    expect(interrupted!.losses.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(interrupted!.evaluation).toBeUndefined();

    await run({ storage, resume: true });
    const finished = await summarizeRun(storage);
    expect(finished).toMatchObject({ state: "finished", step: 6, steps: 6, needed: [] });
    expect(finished!.losses.slice(0, 3)).toEqual(interrupted!.losses);
    const { examples, labels, accuracy, confusion } = finished!.evaluation!;
    expect([examples, labels]).toEqual([4, ["bad", "good"]]);
    expect((confusion[0]![0]! + confusion[1]![1]!) / 4).toBe(accuracy);
  });
});

describe("a run that is exported and imported", () => {
  it("ends with the same weights and the same task with saved data", async () => {
    const source = memoryStorage();
    await run({ ...start, storage: source, keepData: true }, 3);
    const storage = memoryStorage();
    await importRun(storage, await exported(source));
    expect((await summarizeRun(storage))!.needed).toEqual([]);
    await run({ storage, resume: true });
    const direct = await uninterrupted(start);
    for (const name of ["model.safetensors", "eval_results.json"])
      expect(await storage.read(name)).toEqual(await direct.read(name));
    expect(JSON.parse(new TextDecoder().decode(await storage.read("run.json")))).toMatchObject({ task_name: "news" });
  });

  it("can be exported while it waits for its next event", async () => {
    const storage = memoryStorage();
    const trainer = await createTrainer({ ...start, storage, keepData: true, executor: createReferenceExecutor() });
    for await (const event of trainer.run()) {
      if (event.type !== "checkpoint") continue;
      expect([...(await exported(storage)).keys()]).toEqual(
        expect.arrayContaining([`checkpoints/step-${event.step}/manifest.json`, "data/train.jsonl", "data/dev.jsonl"]),
      );
      break;
    }
  });

  it("lists the data files that it needs, finds them by contents, and saves them", async () => {
    const source = memoryStorage();
    await run({ ...start, storage: source }, 3);
    const storage = memoryStorage();
    await importRun(storage, await exported(source));
    const { needed } = (await summarizeRun(storage))!;
    expect(needed.map(({ name }) => name)).toEqual(["train.tsv", "dev.tsv"]);
    expect([...(await findDataFiles(needed, [new Blob(["other"]), devFile])).keys()]).toEqual(["dev.tsv"]);

    const dataFiles = await findDataFiles(needed, [new File([trainFile], "copy.tsv"), devFile]);
    await run({ storage, resume: true, dataFiles, keepData: true }, 5);
    expect((await summarizeRun(storage))!.needed).toEqual([]);
    await run({ storage, resume: true });
    expect(await storage.read("model.safetensors")).toEqual(
      await (await uninterrupted(start)).read("model.safetensors"),
    );
  });

  it("rejects different data", async () => {
    const storage = memoryStorage();
    await run({ ...start, storage }, 3);
    const dataFiles = new Map<string, Blob>([
      ["train.tsv", new Blob([news(12)])],
      ["dev.tsv", devFile],
    ]);
    const resumed = run({ storage, resume: true, resumeAnyway: true, dataFiles, keepData: true });
    await expect(resumed).rejects.toThrow("train.tsv was changed");
  });
});
