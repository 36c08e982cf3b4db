import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReferenceExecutor, type Executor } from "@bertie/engine";
import { readModelDirectory } from "@bertie/model";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fileSourceOf, type ModelInput } from "./model-input.ts";
import { memoryStorage } from "./storage/memory.ts";
import { examples, tinyModel } from "./testing/tiny-model.ts";
import { TextClassifier } from "./text-classifier.ts";
import type { ClassifyOptions, LoadOptions, Text } from "./text-classifier-options.ts";

const labels = ["bad", "good", "so-so"];
const model = tinyModel({ labels, record: { task_name: null, pairs: false, max_seq_length: 12 } });
const texts = ["the room is good", "房间很好", "", "bad ".repeat(30), "not unclean, is the room?", "[MASK]", "good"];

const base = mkdtempSync(join(tmpdir(), "bertie-classifier-"));
afterAll(() => rmSync(base, { recursive: true }));

/** Creates an executor that counts the calls of dispose(). */
function watched() {
  const executor = createReferenceExecutor();
  let disposals = 0;
  const dispose = executor.dispose.bind(executor);
  executor.dispose = async () => {
    disposals++;
    await dispose();
  };
  return { executor, disposals: () => disposals };
}

const load = (input: ModelInput = model, options: LoadOptions = {}) =>
  TextClassifier.load(input, { engine: "reference", ...options });

let classifier: TextClassifier;
beforeAll(async () => {
  classifier = await load();
});
afterAll(() => classifier.dispose());

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const scoresOf = async (text: Text, of = classifier) =>
  new Map((await of.classify(text)).map(({ label, score }) => [label, score]));

/** Log-odds from a probability. */
const logOdds = (score: number) => Math.log(score / (1 - score));

describe("TextClassifier.load()", () => {
  it("sets name, labels, maxLength and engine", () => {
    expect(classifier).toMatchObject({ name: "model", labels, maxLength: 12, pairs: false, warnings: [] });
    expect([classifier.engine, classifier.device]).toEqual(["reference", "cpu"]);
    expect(classifier.tokenizer.lowercase).toBe(true);
  });

  it("prefers options to the settings of the directory", async () => {
    const other = await load(model, { maxLength: 8, lowercase: false, labels: ["a", "b", "c"] });
    expect(other).toMatchObject({ maxLength: 8, labels: ["a", "b", "c"] });
    expect(other.tokenizer.lowercase).toBe(false);
    expect(other.warnings).toEqual([
      expect.stringContaining(
        "texts are not lowercased, although the tokenizer files of the model require lowercasing",
      ),
      expect.stringContaining("the vocabulary has no capital letters"),
    ]);
    await other.dispose();
    await expect(load(model, { maxLength: 25 })).rejects.toMatchObject({ code: "options/max-seq-length" });
  });

  it("sets maxLength to the model_max_length of the tokenizer if the directory records no training", async () => {
    const other = await load(tinyModel({ labels }));
    expect(other.maxLength).toBe(16);
    expect(other.pairs).toBeUndefined();
    await other.dispose();
  });

  it("loads the result of readModelDirectory()", async () => {
    const other = await TextClassifier.load(await readModelDirectory(fileSourceOf(model)), { engine: "reference" });
    expect(await other.classify(texts)).toEqual(await classifier.classify(texts));
    await other.dispose();
  });

  it.each([
    ["without labels", tinyModel(), "input/no-labels", /config\.json: the configuration has no labels/],
    [
      "without a classifier",
      new Map([...tinyModel({ labels }), ["model.safetensors", tinyModel().get("model.safetensors")!]]),
      "weights/missing-tensor",
      /tensor classifier\..* is missing.*Fine-tune the model first/,
    ],
    ["without weights", without("model.safetensors"), "weights/missing", /^model: .* no weights/],
    ["without a vocabulary", without("vocab.txt", "tokenizer.json"), "input/missing-file", /vocab\.txt: no such file/],
    ["without a configuration", without("config.json"), "input/missing-file", /config\.json: no such file/],
  ])("rejects a model %s", async (_, files, code, message) => {
    await expect(load(files)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("rejects if its signal is aborted, without disposing the caller's executor", async () => {
    const { executor, disposals } = watched();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(load(model, { executor, signal })).rejects.toThrow("enough");
    expect(disposals()).toBe(0);
    await executor.dispose();
  });
});

function without(...names: string[]): Map<string, Uint8Array> {
  return new Map([...model].filter(([file]) => !names.includes(file)));
}

describe("TextClassifier.classify()", () => {
  it("ranks all labels of a text by their probabilities", async () => {
    for (const text of texts) {
      const result = await classifier.classify(text);
      expect(result.map(({ label }) => label).sort()).toEqual(labels);
      expect(result.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
      expect(result.map(({ score }) => score)).toEqual(result.map(({ score }) => score).sort((a, b) => b - a));
    }
  });

  it("returns the same results for an array as for single texts, in order", async () => {
    const many = Array.from({ length: 71 }, (_, i) => texts[(i * i) % texts.length]!.slice(0, 3 + (i % 13)));
    const results = await classifier.classify(many);
    for (const [i, text] of many.entries()) {
      const single = await scoresOf(text);
      for (const { label, score } of results[i]!) expect(score).toBeCloseTo(single.get(label)!, 5);
    }
    expect(await classifier.classify([])).toEqual([]);
  });

  it("returns the topK most probable labels", async () => {
    const [all] = await classifier.classify([texts[0]!]);
    for (const topK of [1, 2, 3, 9])
      expect(await classifier.classify(texts[0]!, { topK })).toEqual(all!.slice(0, topK));
  });

  it("classifies pairs", async () => {
    const [a, b] = ["the room", "is good"];
    const [pair, reversed, same, single] = await Promise.all(
      [{ text: a, pair: b }, { text: b, pair: a }, { text: a, pair: b }, { text: a }].map((text) => scoresOf(text)),
    );
    expect(pair).toEqual(same);
    expect(pair).not.toEqual(reversed);
    expect(single).toEqual(await scoresOf(a));
    expect(single).not.toEqual(pair);
  });

  it("throws an error with the index of an argument that is not a text", async () => {
    for (const wrong of [undefined, null, 1, {}, { text: "a", pair: 1 }, ["a"]]) {
      const mixed = classifier.classify(["a", wrong as unknown as Text]);
      await expect(mixed, JSON.stringify(wrong)).rejects.toMatchObject({
        code: "input/not-text",
        message: expect.stringMatching(/^text 2: /),
      });
    }
    const sparse: Text[] = [];
    sparse[1] = "a";
    await expect(classifier.classify(sparse)).rejects.toThrow(/^text 1: /);
    await expect(classifier.classify(undefined as unknown as Text)).rejects.toMatchObject({ code: "input/not-text" });
  });

  it("runs concurrent calls one after another", async () => {
    const results = await Promise.all(texts.map((text) => classifier.classify(text)));
    for (const [i, text] of texts.entries()) expect(results[i]).toEqual(await classifier.classify(text));
  });

  it("stops when its signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(classifier.classify(texts, { signal })).rejects.toThrow("enough");
    await expect(classifier.classify("a", { signal })).rejects.toThrow("enough");
  });
});

describe("TextClassifier.classifyStream()", () => {
  const stream = (source: Iterable<Text> | AsyncIterable<Text>, options?: ClassifyOptions) =>
    collect(classifier.classifyStream(source, options));

  it("yields the results of classify(), in order", async () => {
    const many = Array.from({ length: 150 }, (_, i) => texts[(i * i) % texts.length]!.slice(0, 3 + (i % 13)));
    const expected = await classifier.classify(many);
    const results = await stream(many);
    expect(results).toHaveLength(many.length);
    for (const [i, result] of results.entries())
      for (const { label, score } of result)
        expect(score).toBeCloseTo(expected[i]!.find((other) => other.label === label)!.score, 5);
    expect((await stream(many, { topK: 1 })).every(({ length }) => length === 1)).toBe(true);
  });

  it("classifies an endless stream, and closes it when the consumer stops", async () => {
    let isClosed = false;
    const endless = (async function* () {
      try {
        for (;;) {
          yield "good";
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        isClosed = true;
      }
    })();
    let count = 0;
    for await (const _ of classifier.classifyStream(endless)) if (++count === 5) break;
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });

  it("stops when its signal is aborted", async () => {
    const controller = new AbortController();
    const results = classifier.classifyStream(texts, { signal: controller.signal });
    await results.next();
    controller.abort(new Error("enough"));
    await expect(collect(results)).rejects.toThrow("enough");
  });

  it("throws an error with the index in the stream of an item that is not a text", async () => {
    const wrong = Array.from({ length: 100 }, (_, i) => (i === 70 ? (5 as unknown as Text) : "good"));
    await expect(collect(classifier.classifyStream(wrong))).rejects.toThrow(/^text 71: /);
  });
});

describe("TextClassifier.evaluate()", () => {
  it("computes accuracy, loss and confusion matrix of the results of classify()", async () => {
    const rows = examples(19);
    const results = await classifier.classify(rows.map(({ text }) => text));
    const right = results.filter(([best], i) => best!.label === rows[i]!.label).length;
    const losses = results.map((result, i) => -Math.log(result.find(({ label }) => label === rows[i]!.label)!.score));
    const evaluation = await classifier.evaluate(rows);
    expect(evaluation).toMatchObject({ examples: 19, labels });
    expect(evaluation.accuracy).toBeCloseTo(right / 19, 12);
    expect(evaluation.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 19, 5);
    expect(Object.keys(evaluation.metrics).slice(0, 3)).toEqual(["accuracy", "loss", "macro_f1"]);
    expect(evaluation.details).toMatchObject({ accuracy: evaluation.accuracy, confusion_matrix: evaluation.confusion });
    const counts = evaluation.confusion.map((row) => Array.from(row).reduce((a, b) => a + b, 0));
    expect(counts).toEqual([9, 10, 0]);
    expect(labels.reduce((sum, _, id) => sum + Number(evaluation.confusion[id]![id]), 0)).toBe(right);
  });

  it("computes the metric of the model's task, and reads a task file", async () => {
    const mrpc = await load(tinyModel({ labels: ["0", "1"], record: { task_name: "mrpc" } }));
    const file = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\tgood\tbad\n1\t1\t2\tgood\tgood\n";
    const bytes = new TextEncoder().encode(file);
    const { metrics, examples: count } = await mrpc.evaluate({ task: "mrpc", set: "dev", file: bytes });
    expect(Object.keys(metrics).slice(0, 3)).toEqual(["accuracy", "loss", "f1"]);
    expect(count).toBe(2);
    await mrpc.dispose();
  });

  it("rejects labels that the model does not have, and empty examples", async () => {
    const unknown = classifier.evaluate([{ text: "a", label: "great" }]);
    await expect(unknown).rejects.toMatchObject({ code: "input/unknown-label" });
    await expect(classifier.evaluate([])).rejects.toMatchObject({ code: "input/no-rows" });
  });

  it("skips rows with unknown labels if onBadRow is skip", async () => {
    const file = new TextEncoder().encode("good\tthe room is good\ngreat\troom\nbad\tbad room\n");
    const rows = { task: "news", set: "dev", file } as const;
    await expect(classifier.evaluate(rows)).rejects.toMatchObject({ code: "input/unknown-label" });
    expect(await classifier.evaluate({ ...rows, onBadRow: "skip" })).toMatchObject({ examples: 2 });
  });

  it("stops when its signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(classifier.evaluate(examples(40), { signal })).rejects.toThrow("enough");
  });
});

describe("TextClassifier.explain()", () => {
  it.each([
    ["the room is not good", undefined],
    ["房间很好，is it?", undefined],
    ["the room", "is uncleanly bad"],
  ])("returns the difference from the text with [MASK] by occlusion: %s", async (text, pair) => {
    const { words, label, logOdds: original } = await classifier.explain(text, { pair });
    const oddsOf = async (changed: Text) => logOdds((await scoresOf(changed)).get(label)!);
    expect(original).toBeCloseTo(await oddsOf({ text, pair }), 5);
    expect(words.length).toBeGreaterThan(3);
    for (const { part, start, end, contribution } of words) {
      const mask = (source: string) => `${source.slice(0, start)} [MASK] ${source.slice(end)}`;
      const masked = part === 0 ? { text: mask(text), pair } : { text, pair: mask(pair!) };
      expect(Math.abs(contribution - (original - (await oddsOf(masked))))).toBeLessThan(1e-5);
    }
  });

  it("explains the requested label by tokens", async () => {
    const { label, words } = await classifier.explain("unclean room", { label: "so-so", unit: "token" });
    expect(label).toBe("so-so");
    expect(words.map(({ tokens }) => tokens)).toEqual([["un"], ["##clean"], ["room"]]);
    const unknown = classifier.explain("room", { label: "great" });
    await expect(unknown).rejects.toMatchObject({ code: "explain/label" });
  });

  it("returns one contribution per word by integrated gradients, deterministically", async () => {
    const options = { method: "integrated-gradients" } as const;
    const { words, labels: ranked } = await classifier.explain("the room is not good", options);
    expect(words.map(({ text }) => text)).toEqual(["the", "room", "is", "not", "good"]);
    expect(words.every(({ contribution }) => Number.isFinite(contribution) && contribution !== 0)).toBe(true);
    expect(ranked).toHaveLength(3);
    expect((await classifier.explain("the room is not good", options)).words).toEqual(words);
  });

  it("stops when its signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    for (const method of ["occlusion", "integrated-gradients"] as const)
      await expect(classifier.explain("good room", { method, signal })).rejects.toThrow("enough");
  });
});

describe("TextClassifier.save()", () => {
  const same = async (input: ModelInput) => {
    const other = await load(input);
    expect(other).toMatchObject({ labels, maxLength: 12, pairs: false });
    expect(await other.classify(texts)).toEqual(await classifier.classify(texts));
    await other.dispose();
  };

  it("writes a directory that loads as the same classifier", async () => {
    const path = join(base, "saved");
    await classifier.save(path);
    await same(path);
    const names = ["config.json", "model.safetensors", "run.json", "special_tokens_map.json"];
    const tokenizer = ["tokenizer.json", "tokenizer_config.json", "vocab.txt"];
    expect(readdirSync(path).sort()).toEqual([...names, ...tokenizer]);
    expect(readFileSync(join(path, "model.safetensors"))).toEqual(Buffer.from(model.get("model.safetensors")!));
    await expect(classifier.save(path)).rejects.toMatchObject({ code: "output/not-empty" });
    await same(path);
    expect(readdirSync(base)).toEqual(["saved"]);
  });

  it("writes to a storage and to a file writer", async () => {
    const storage = memoryStorage();
    await classifier.save(storage);
    await same(storage);
    await expect(classifier.save(storage)).rejects.toMatchObject({ code: "output/not-empty" });
    const files = new Map<string, Uint8Array>();
    await classifier.save({
      async write(path, chunks) {
        const copy = memoryStorage();
        const workspace = await copy.open();
        await workspace.write(path, chunks);
        await workspace.commit({ overwrite: false });
        files.set(path, (await copy.read(path))!);
      },
    });
    await same(files);
    for (const [name, bytes] of files) expect(bytes).toEqual(await storage.read(name));
  });

  it("writes nothing if the target cannot be a directory", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(classifier.save(join(base, "file", "model"))).rejects.toMatchObject({ code: "output/unusable" });
    rmSync(join(base, "file"));
  });
});

describe("TextClassifier.dispose()", () => {
  it("may be called twice, and does not dispose the caller's executor", async () => {
    const { executor, disposals } = watched();
    const other = await load(model, { executor });
    expect(await other.classify(texts)).toEqual(await classifier.classify(texts));
    await other.dispose();
    await other.dispose();
    expect(disposals()).toBe(0);
    await executor.dispose();
    const withExecutor = await load();
    await withExecutor.dispose();
    await withExecutor.dispose();
  });

  it("disposes the engine once, and makes later calls of other methods reject", async () => {
    const other = await load(model, { engine: "onnx", device: "cpu" });
    const [result] = await Promise.all([other.classify("good"), other.dispose(), other.dispose()]);
    expect(result).toHaveLength(3);
    await other.dispose();
    for (const late of [
      () => other.classify("good"),
      () => collect(other.classifyStream(["good"])),
      () => other.explain("good"),
      () => other.explain("good", { method: "integrated-gradients" }),
      () => other.evaluate([{ text: "good", label: "good" }]),
      () => other.save(memoryStorage()),
    ])
      await expect(late(), String(late)).rejects.toMatchObject({ code: "classify/disposed" });
  });

  it("is called at the end of a scope", async () => {
    const executor: Executor = createReferenceExecutor();
    {
      await using scoped = await load(model, { executor });
      await scoped.classify("good");
    }
    await executor.dispose();
  });
});
