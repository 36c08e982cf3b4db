import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writePytorch } from "./pytorch/write-zip.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { readShards } from "./shards.ts";
import type { WeightTensor } from "./tensor.ts";

const url = new URL("../../fixtures/tiny-bert/init.safetensors", import.meta.url);
const all = [...readSafetensors(readFileSync(url), "init.safetensors")];
const halves = [all.slice(0, 20), all.slice(20)];
type Files = Record<string, Uint8Array>;

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const fileOf = (half: number, extension = "safetensors") => `model-0000${half + 1}-of-00002.${extension}`;
const indexOf = (map: Readonly<Record<string, unknown>>) => encode({ metadata: { total_size: 1 }, weight_map: map });
const mapOf = (extension?: string) =>
  Object.fromEntries(halves.flatMap((half, i) => half.map(([name]) => [name, fileOf(i, extension)])));

/** Reads split weights from files in memory, and returns the order in which files are read. */
async function read(files: Files, index = indexOf(mapOf()), file = "model.safetensors.index.json") {
  const order: string[] = [];
  const source = {
    name: "big",
    read: async (path: string) => {
      order.push(path);
      return files[path];
    },
    list: async () => Object.keys(files),
  };
  return { tensors: await readShards(source, file, index), order };
}
const complete = (): Files => Object.fromEntries(halves.map((half, i) => [fileOf(i), writeSafetensors(new Map(half))]));
const codeAndMessage = (message: RegExp) =>
  expect.objectContaining({ code: "weights/shards", message: expect.stringMatching(message) });

describe("readShards()", () => {
  it("reads each safetensors file once, in order", async () => {
    const { tensors, order } = await read(complete());
    expect(order).toEqual([fileOf(0), fileOf(1)]);
    expect(tensors.size).toBe(all.length);
    for (const [name, tensor] of all) expect(tensors.get(name)!.toFloat32()).toEqual(tensor.toFloat32());
  });

  it("reads PyTorch files", async () => {
    const files = Object.fromEntries(
      halves.map((half, i) => [fileOf(i, "bin"), writePytorch(new Map<string, WeightTensor>(half))]),
    );
    const { tensors } = await read(files, indexOf(mapOf("bin")), "pytorch_model.bin.index.json");
    expect(tensors.size).toBe(all.length);
  });

  it("names a missing file", async () => {
    const { [fileOf(1)]: _, ...files } = complete();
    await expect(read(files)).rejects.toThrow(codeAndMessage(/^big\/model-00002-of-00002\.safetensors: no such file/));
  });

  it("names an unlisted file of the same model, but ignores others", async () => {
    const extra = { "model-00003-of-00003.safetensors": new Uint8Array(0) };
    await expect(read({ ...complete(), ...extra })).rejects.toThrow(
      codeAndMessage(/^big\/model-00003-of-00003\.safetensors: .* does not list this file/),
    );
    await read({ ...complete(), "pytorch_model-00001-of-00002.bin": new Uint8Array(0) });
  });

  it("names a missing and an unexpected tensor", async () => {
    const [[name]] = halves[0] as [[string, WeightTensor]];
    const withoutFirst = { ...complete(), [fileOf(0)]: writeSafetensors(new Map(halves[0]!.slice(1))) };
    await expect(read(withoutFirst)).rejects.toThrow(codeAndMessage(new RegExp(`tensor "${name}" is missing`)));
    const { [name]: _, ...map } = mapOf();
    await expect(read(complete(), indexOf(map))).rejects.toThrow(codeAndMessage(/does not list it/));
    const twice = { ...complete(), [fileOf(1)]: writeSafetensors(new Map([...halves[1]!, halves[0]![0]!])) };
    await expect(read(twice)).rejects.toThrow(codeAndMessage(/expects it in model-00001-of-00002\.safetensors/));
  });

  it.each([
    ["no object", encode([])],
    ["no map", encode({})],
    ["an empty map", indexOf({})],
    ["a number for a file", indexOf({ a: 1 })],
    ["a file outside of the directory", indexOf({ a: "../model.safetensors" })],
    ["a file in a subfolder", indexOf({ a: "x/model.safetensors" })],
    ["a tensor that occurs twice", new TextEncoder().encode('{"weight_map":{"a":"b","a":"b"}}')],
    ["more than 1,000 files", indexOf(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, `${i}.bin`])))],
  ])("rejects an index with %s", async (_, index) => {
    await expect(read({}, index)).rejects.toThrow(codeAndMessage(/^big\/model\.safetensors\.index\.json: /));
  });
});
