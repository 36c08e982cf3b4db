import { readFileSync } from "node:fs";
import { type FileSource, filePath } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BertConfig } from "../config.ts";
import { modelFiles } from "./model-files.ts";
import { readLowerCase, readModelDirectory, requireVocab } from "./read-directory.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tiny-bert/${name}`, import.meta.url));
const bytes = (contents: string | Uint8Array) =>
  typeof contents === "string" ? new TextEncoder().encode(contents) : contents;

/** Returns a directory in memory that records which files are read. */
function memorySource(files: Readonly<Record<string, string | Uint8Array>>, name = "run") {
  const read: string[] = [];
  const source: FileSource = {
    name,
    async read(path) {
      if (!Object.hasOwn(files, path)) return undefined;
      read.push(path);
      return bytes(files[path]!);
    },
  };
  return { source, read };
}

const config = fixture("bert_config.json");
const weights = fixture("init.safetensors");
const complete = {
  "config.json": config,
  "vocab.txt": "[PAD]\n",
  "model.safetensors": weights,
  "tokenizer_config.json": '{"do_lower_case":true}',
  "run.json": '{"task_name":"mrpc","max_seq_length":16,"pairs":true,"labels":["0"]}',
};

describe("readModelDirectory()", () => {
  it("reads each file once, in a fixed order", async () => {
    const { source, read } = memorySource({ ...complete, "bert_config.json": "", "pytorch_model.bin": "" });
    const directory = await readModelDirectory(source);
    // tokenizer.json is not needed, because tokenizer_config.json says whether text is lower-cased.
    expect(read).toEqual(["config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors", "run.json"]);
    expect(directory).toMatchObject({
      name: "run",
      files: { config: "run/config.json", vocab: "run/vocab.txt", weights: "run/model.safetensors" },
      config: { numHiddenLayers: 2 },
      vocab: bytes("[PAD]\n"),
      lowerCase: true,
      trained: { taskName: "mrpc", maxSeqLength: 16, pairs: true },
    });
    expect(directory.tensors!.get("classifier.weight")!.shape[0]).toBe(3);
  });

  it("falls back to bert_config.json and pytorch_model.bin", async () => {
    const { source } = memorySource({
      "bert_config.json": config,
      "pytorch_model.bin": fixture("init_pytorch_model.bin"),
    });
    const { files, tensors } = await readModelDirectory(source);
    expect(files).toEqual({ config: "run/bert_config.json", vocab: undefined, weights: "run/pytorch_model.bin" });
    expect(tensors!.has("classifier.weight")).toBe(true);
  });

  it("reads a directory that has only a configuration", async () => {
    const { source } = memorySource({ "config.json": config });
    expect(await readModelDirectory(source)).toMatchObject({
      vocab: undefined,
      tensors: undefined,
      lowerCase: undefined,
      trained: { taskName: undefined, maxSeqLength: undefined, pairs: undefined },
    });
  });

  it("reads single files instead of the directory's files", async () => {
    const { source, read } = memorySource({ ...complete, "config.json": "{", "vocab.txt": "" });
    const single = (name: string, contents: Uint8Array) => ({
      name,
      read: async () => {
        read.push(name);
        return contents;
      },
    });
    const { files, vocab } = await readModelDirectory(source, {
      config: single("c.json", config),
      vocab: single("v.txt", bytes("a")),
      weights: single("w.safetensors", weights),
    });
    expect(read).toEqual(["c.json", "v.txt", "tokenizer_config.json", "w.safetensors", "run.json"]);
    expect(files).toEqual({ config: "c.json", vocab: "v.txt", weights: "w.safetensors" });
    expect(vocab).toEqual(bytes("a"));
  });

  it("reads the files that modelFiles() returns", async () => {
    await fc.assert(
      fc.asyncProperty(
        configs,
        fc.uniqueArray(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 8 }),
        fc.uint8Array(),
        fc.boolean(),
        async (config, labels, vocab, lowerCase) => {
          const files = modelFiles({ config, labels, vocab, lowerCase, maxLength: 16 });
          const directory = await readModelDirectory(memorySource(Object.fromEntries(files)).source);
          expect(directory).toMatchObject({ config: { ...config, labels }, vocab, lowerCase });
        },
      ),
    );
  });

  it.each([
    ["no configuration", {}, "input/missing-file", /^run\/config\.json: no such file\. Use a model directory/],
    ["a broken configuration", { "config.json": "{" }, "config/json", /^run\/config\.json/],
    [
      "broken weights",
      { ...complete, "model.safetensors": "{" },
      "weights/header-truncated",
      /^run\/model\.safetensors/,
    ],
    ["a list of settings", { ...complete, "run.json": "[]" }, "input/invalid-json", /^run\/run\.json: expected a JSON/],
    ["broken settings", { ...complete, "tokenizer_config.json": "{" }, "input/invalid-json", /^run\/tokenizer_config/],
  ])("rejects %s", async (_, files, code, message) => {
    await expect(readModelDirectory(memorySource(files).source)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("ignores settings of the wrong type", async () => {
    const files = { ...complete, "run.json": '{"task_name":null,"max_seq_length":"16","pairs":1}' };
    const { trained } = await readModelDirectory(memorySource(files).source);
    expect(trained).toEqual({ taskName: undefined, maxSeqLength: undefined, pairs: undefined });
  });

  it("reads the columns and the threshold in run.json", async () => {
    const columns = { header: true, names: ["a", "b"], text: "a", label: ["b"] };
    const record = { data: { rows: [1] }, columns, threshold: 0.3 };
    const files = { ...complete, "run.json": JSON.stringify(record) };
    const { trained } = await readModelDirectory(memorySource(files).source);
    expect(trained).toMatchObject({ columns, threshold: 0.3 });
  });
});

it("readLowerCase() reads only tokenizer_config.json", async () => {
  const { source, read } = memorySource({ ...complete, "tokenizer_config.json": '\uFEFF{"do_lower_case":false}' });
  expect(await readLowerCase(source)).toBe(false);
  expect(read).toEqual(["tokenizer_config.json"]);
  expect(await readLowerCase(memorySource({}).source)).toBeUndefined();
});

it("requireVocab() names the missing file", async () => {
  const directory = await readModelDirectory(memorySource({ "config.json": config }, "").source);
  expect(() => requireVocab(directory)).toThrow(
    expect.objectContaining({ code: "input/missing-file", message: expect.stringMatching(/^vocab\.txt: no such/) }),
  );
});

it.each([
  ["run", "run/config.json"],
  ["run/", "run/config.json"],
  ["/", "/config.json"],
  [".", "config.json"],
  ["", "config.json"],
])("filePath() joins directory %j and a file name", (name, expected) => {
  expect(filePath({ name }, "config.json")).toBe(expected);
});

const size = (max: number) => fc.integer({ min: 1, max });
const probability = fc.double({ min: 0, max: 0.99, noNaN: true });
const configs: fc.Arbitrary<BertConfig> = fc
  .record({
    vocabSize: size(1000),
    headSize: size(16),
    numHiddenLayers: size(4),
    numAttentionHeads: size(4),
    intermediateSize: size(64),
    hiddenAct: fc.constantFrom("gelu" as const, "relu" as const, "swish" as const),
    hiddenDropoutProb: probability,
    attentionProbsDropoutProb: probability,
    maxPositionEmbeddings: size(512),
    typeVocabSize: size(4),
    initializerRange: fc.double({ min: 0, max: 10, noNaN: true }),
    layerNormEps: fc.double({ min: 1e-12, max: 1, noNaN: true }),
  })
  .map(({ headSize, ...config }) => ({ ...config, hiddenSize: headSize * config.numAttentionHeads }));
