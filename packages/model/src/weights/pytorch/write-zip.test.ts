import { readFileSync } from "node:fs";
import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ITEM_SIZE, tensorFromFloat32, type WeightDType, weightTensor } from "../tensor.ts";
import { readTorchZip } from "./read-zip.ts";
import { writePytorch } from "./write-zip.ts";
import { readStoredZip } from "./zip.ts";

const fixtures = new URL("../../../fixtures/", import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, fixtures)));

/** Returns the entries of an archive without the name of their common folder. */
function entriesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = Array.from(
    readStoredZip(bytes, "w.bin"),
    ([name, content]) => [name.replace(/^[^/]+\//, ""), content] as const,
  );
  return new Map(entries);
}

describe("writePytorch()", () => {
  it.each(["init_dataparallel.bin", "init_half.bin"])("writes the same entries as torch 2.5 for %s", (name) => {
    const golden = bytesOf(`tiny-bert/${name}`);
    const expected = entriesOf(golden);
    expected.delete(".data/serialization_id"); // an optional hash
    expect(entriesOf(writePytorch(readTorchZip(golden, name)))).toEqual(expected);
  });

  it("round-trips names, dtypes, shapes and bytes", () => {
    const dtypes = (Object.keys(ITEM_SIZE) as WeightDType[]).filter((dtype) => !/^uint(16|32|64)$/.test(dtype));
    const tensor = fc
      .record({
        dtype: fc.constantFrom(...dtypes),
        shape: fc.array(fc.nat(3), { maxLength: 5 }),
        fill: fc.nat(255),
      })
      .map(({ dtype, shape, fill }) => {
        const bytes = new Uint8Array(shape.reduce((count, size) => count * size, ITEM_SIZE[dtype])).fill(fill);
        return weightTensor(dtype, shape, () => bytes);
      });
    const some = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), tensor), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(some, (pairs) => {
        const tensors = new Map(pairs);
        const back = readTorchZip(writePytorch(tensors), "w.bin");
        expect([...back.keys()]).toEqual([...tensors.keys()]);
        for (const [name, { dtype, shape, toBytes }] of back) {
          const expected = tensors.get(name)!;
          expect([dtype, shape]).toEqual([expected.dtype, expected.shape]);
          expect(toBytes()).toEqual(expected.toBytes());
        }
      }),
    );
  });

  it("aligns storages to 64 bytes", () => {
    const tensors = new Map(["a", "bb", "ccc"].map((name) => [name, tensorFromFloat32([1], new Float32Array(1))]));
    for (const { toBytes } of readTorchZip(writePytorch(tensors), "w.bin").values())
      expect(toBytes().byteOffset % 64).toBe(0);
  });

  it("rejects a dtype for which PyTorch has no storage, naming the tensor", () => {
    const tensors = new Map([["x", weightTensor("uint16", [1], () => new Uint8Array(2))]]);
    expect(() => writePytorch(tensors)).toThrow(BertieError);
    expect(() => writePytorch(tensors)).toThrow(/"x" is uint16/);
  });

  it("rejects too many bytes without reading any tensor", () => {
    const never = weightTensor("uint8", [2 ** 32], () => expect.fail("the tensor was read"));
    expect(() => writePytorch(new Map([["x", never]]))).toThrow(/more than 4 GB/);
  });

  it("writes memo indices above 255", () => {
    const byte = (dtype: WeightDType) => weightTensor(dtype, [1], () => new Uint8Array(ITEM_SIZE[dtype]));
    const dtypes = [...Array<WeightDType>(60).fill("int8"), "int64", "int64", "int8"] as const;
    const back = readTorchZip(writePytorch(new Map(dtypes.map((dtype, i) => [`${i}`, byte(dtype)]))), "w.bin");
    expect(Array.from(back.values(), ({ dtype }) => dtype)).toEqual(dtypes);
  });

  it("writes sizes of every width", () => {
    for (const size of [255, 256, 65_535, 65_536]) {
      const tensors = new Map([["x", weightTensor("int8", [size], () => new Uint8Array(size))]]);
      expect(readTorchZip(writePytorch(tensors), "w.bin").get("x")?.shape).toEqual([size]);
    }
  });
});
