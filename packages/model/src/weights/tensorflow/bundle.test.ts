import { readFileSync } from "node:fs";
import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundleIndex, entry, header, table } from "../../../fixtures/tensorflow-files.ts";
import { readSafetensors } from "../safetensors.ts";
import { readWeightFile } from "../weight-files.ts";
import { withPytorchNames } from "./bert-names.ts";
import { readBundle } from "./bundle.ts";
import { readTable } from "./table.ts";

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/tiny-bert/${name}`, import.meta.url));
// scripts/reference/tensorflow_checkpoint.py writes the checkpoint with tf.train.Saver.
const index = fixture("bert_model.ckpt.index");
const data = fixture("bert_model.ckpt.data-00000-of-00001");
const golden = readSafetensors(fixture("init.safetensors"), "init.safetensors");

const sourceOf = (files: Readonly<Record<string, Uint8Array>>) => ({
  name: "google",
  read: async (path: string) => (Object.hasOwn(files, path) ? files[path] : undefined),
});
const shards = (...contents: Uint8Array[]) => {
  let next = 0;
  return async (suffix: string) => ({ name: `x${suffix}`, bytes: contents[next++] ?? new Uint8Array(0) });
};

describe("readWeightFile() of a TensorFlow checkpoint", () => {
  it("returns the tensors that the PyTorch port has, and the head of pre-training", async () => {
    const files = { "bert_model.ckpt.data-00000-of-00001": data };
    const tensors = await readWeightFile(sourceOf(files), "bert_model.ckpt.index", index);
    for (const [name, tensor] of golden) {
      const read = tensors.get(
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
      )!;
      expect([name, read.shape]).toEqual([name, tensor.shape]);
      expect(read.toFloat32()).toEqual(tensor.toFloat32());
    }
    const others = ["cls.predictions.bias", "cls.seq_relationship.weight"];
    expect(tensors.size).toBe(golden.size + others.length);
    for (const name of others) expect([...tensors.keys()]).toContain(name);
  });

  it("names a missing data file", async () => {
    await expect(readWeightFile(sourceOf({}), "bert_model.ckpt.index", index)).rejects.toMatchObject({
      code: "weights/tensorflow",
      message: expect.stringMatching(/^google\/bert_model\.ckpt\.data-00000-of-00001: no such file\. The index google/),
    });
  });

  it("rejects a truncated data file", async () => {
    const files = { "bert_model.ckpt.data-00000-of-00001": data.subarray(0, data.length - 1) };
    await expect(readWeightFile(sourceOf(files), "bert_model.ckpt.index", index)).rejects.toMatchObject({
      code: "weights/truncated",
    });
  });

  it("throws only BertieError for a mutated index, and reads no tensor beyond the data", async () => {
    const mutation = fc.tuple(fc.nat(index.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const mutated = Uint8Array.from(index);
        for (const [at, byte] of mutations) mutated[at] = byte;
        try {
          const tensors = await readBundle(mutated, "x.index", shards(data));
          for (const tensor of tensors.values()) tensor.toFloat32();
        } catch (error) {
          if (!(error instanceof BertieError)) throw error;
        }
      }),
    );
  });
});

describe("readBundle()", () => {
  it("throws only BertieError for mutated entries with correct checksums", async () => {
    const original = [header(), entry({})];
    const mutation = fc.tuple(fc.nat(1), fc.nat(30), fc.oneof(fc.nat(255), fc.constantFrom(0x7f, 0x80, 0xff)));
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const messages = original.map((message) => [...message]);
        for (const [which, at, byte] of mutations) messages[which]![at % messages[which]!.length] = byte;
        const index = table([
          ["", messages[0]!],
          ["a", messages[1]!],
        ]);
        try {
          const tensors = await readBundle(index, "x.index", shards(new Uint8Array(8)));
          for (const tensor of tensors.values()) expect(tensor.toFloat32().length).toBeLessThanOrEqual(8);
        } catch (error) {
          if (!(error instanceof BertieError)) throw error;
        }
      }),
    );
  });

  it("reads several data files one after another", async () => {
    const two = bundleIndex({ a: { shard: 1 }, b: { shard: 0, offset: 4 } }, { shards: 2 });
    const files = [Float32Array.of(0, 1, 2), Float32Array.of(3, 4)].map(({ buffer }) => new Uint8Array(buffer));
    const tensors = await readBundle(two, "x.index", shards(...files));
    expect(tensors.get("a")!.toFloat32()).toEqual(Float32Array.of(3, 4));
    expect(tensors.get("b")!.toFloat32()).toEqual(Float32Array.of(1, 2));
  });

  it("skips strings", async () => {
    const tensors = await readBundle(bundleIndex({ a: { dtype: 7, size: 3 } }), "x.index", shards(new Uint8Array(3)));
    expect(tensors.size).toBe(0);
  });
});

describe("withPytorchNames()", () => {
  it.each([
    ["electra/embeddings_project/kernel", "electra.embeddings_project.weight"],
    ["electra/encoder/layer_11/output/dense/bias", "electra.encoder.layer.11.output.dense.bias"],
    ["bert/embeddings/token_type_embeddings", "bert.embeddings.token_type_embeddings.weight"],
    ["output_bias", "classifier.bias"],
  ])("%s becomes %s", async (from, to) => {
    const read = await readBundle(bundleIndex({ [from]: {} }), "x.index", shards(new Uint8Array(8)));
    expect([...withPytorchNames(read).keys()]).toEqual([to]);
  });

  it("omits the state of the optimizer", () => {
    expect([...readTable(index, "x").keys()].filter((name) => /adam|global_step/.test(name))).toHaveLength(3);
  });
});
