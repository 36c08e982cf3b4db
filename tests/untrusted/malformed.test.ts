import { BertieError } from "@bertie/common";
import { getProcessor, readExamples, readFeatures } from "@bertie/data";
import { bertConfigFromJson, readModelDirectory, readSafetensors, readWeights } from "@bertie/model";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { describe, expect, it, vi } from "vitest";
import {
  malformedConfigs,
  malformedFeatures,
  malformedTables,
  malformedTokenizers,
  malformedVocabularies,
} from "./malformed-inputs.ts";
import {
  type Malformed,
  malformedArchives,
  malformedCheckpoints,
  malformedPickles,
  malformedSafetensors,
} from "./malformed-weights.ts";

/** Allocations that do not depend on the file size: a decoding block, a tokenizer's tables. */
const ALLOWANCE = 1 << 20;

const constructors = ["ArrayBuffer", "Uint8Array", "Int32Array", "Uint16Array", "Uint32Array", "Float32Array"] as const;

/** Runs a function, and returns the size in bytes of the largest buffer or typed array that it allocates by length. */
async function largestArrayOf(run: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  for (const name of constructors) {
    const counted = new Proxy(globalThis[name], {
      construct(target, args, newTarget) {
        const array = Reflect.construct(target, args, newTarget) as { readonly byteLength: number };
        if (typeof args[0] === "number") largest = Math.max(largest, array.byteLength);
        return array;
      },
    });
    vi.stubGlobal(name, counted);
  }
  await run();
  vi.unstubAllGlobals();
  return largest;
}

/** Expects a read to fail with a code and a one-line message, and to allocate no array larger than twice the file. */
async function expectRejection(read: () => unknown, code: string, size: number): Promise<void> {
  let error: unknown;
  const largest = await largestArrayOf(async () => {
    try {
      await read();
    } catch (thrown) {
      error = thrown;
    }
  });
  if (!(error instanceof BertieError)) throw error ?? new Error("the file was accepted");
  expect(error.code).toBe(code);
  expect(error.message).toMatch(/^\P{Cc}{10,1000}$/u);
  expect(largest).toBeLessThanOrEqual(2 * size + ALLOWANCE);
}

const weightsOf = (bytes: Uint8Array, name: string) => {
  for (const tensor of readWeights(bytes, name).values()) tensor.toFloat32();
};
/** Reads a model directory with a checkpoint, whose data file has 8 bytes. */
const readCheckpoint = async (index: Uint8Array) => {
  const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
  const files = new Map([
    ["bert_config.json", new TextEncoder().encode(JSON.stringify(sizes))],
    ["bert_model.ckpt.index", index],
    ["bert_model.ckpt.data-00000-of-00001", new Uint8Array(8)],
  ]);
  await readModelDirectory({ name: "google", read: async (path) => files.get(path) });
};
const limits = { vocabSize: 100, typeVocabSize: 2, numLabels: 3, maxSeqLength: 8 };

function describeAll<T extends string | Uint8Array>(
  name: string,
  table: readonly Malformed<T>[],
  read: (contents: T) => unknown,
): void {
  describe(`${name} is rejected with its error code:`, () => {
    it.each(table)("%s (%s)", (_, code, contents) => expectRejection(() => read(contents), code, contents.length));
  });
}

describeAll("a safetensors file", malformedSafetensors, (bytes) => readSafetensors(bytes, "model.safetensors"));
describeAll("an archive of torch.save", malformedArchives, (bytes) => weightsOf(bytes, "pytorch_model.bin"));
describeAll("a pickle of torch.save", malformedPickles, (bytes) => weightsOf(bytes, "pytorch_model.bin"));
describeAll("a TensorFlow checkpoint", malformedCheckpoints, readCheckpoint);
describeAll("a configuration", malformedConfigs, (text) => bertConfigFromJson(text, "config.json"));
describeAll("a tokenizer.json", malformedTokenizers, (text) => BertTokenizer.fromTokenizerJson(text));
describeAll("a vocabulary", malformedVocabularies, (bytes) => BertTokenizer.fromVocab(bytes));
describeAll("a table", malformedTables, (bytes) => readExamples(getProcessor("news"), "train", bytes));
describeAll("a file of features", malformedFeatures, (bytes) => readFeatures(bytes, "train.jsonl", limits));

it("the tables contain at least 60 weight files and 100 files in total, without duplicates", () => {
  const weights = [...malformedSafetensors, ...malformedArchives, ...malformedPickles, ...malformedCheckpoints];
  const others = [malformedConfigs, malformedTokenizers, malformedVocabularies, malformedTables, malformedFeatures];
  const digest = ([, , contents]: Malformed<string | Uint8Array>) => {
    const start = typeof contents === "string" ? contents.slice(0, 3000) : contents.subarray(0, 3000).join();
    return `${contents.length} ${start} ${contents.slice(-3000)}`;
  };
  expect(new Set(weights.map(digest)).size).toBe(weights.length);
  expect(weights.length).toBeGreaterThanOrEqual(60);
  const texts = others.map((table) => new Set((table as readonly Malformed<string | Uint8Array>[]).map(digest)).size);
  expect(texts).toEqual(others.map(({ length }) => length));
  expect(weights.length + others.flat().length).toBeGreaterThanOrEqual(100);
});
