import { readFileSync } from "node:fs";
import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSafetensors, safetensorsChunks, writeSafetensors } from "./safetensors.ts";
import { ITEM_SIZE, tensorFromFloat32, type WeightDType, weightTensor } from "./tensor.ts";

const golden = new Uint8Array(readFileSync(new URL("../../fixtures/tiny-bert/init.safetensors", import.meta.url)));

/** Returns a file with the given header and a number of zero bytes of data. */
function file(header: string | object, dataLength = 0, headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function errorOf(bytes: Uint8Array): { code: string; message: string } {
  try {
    for (const tensor of readSafetensors(bytes, "w.safetensors").values()) tensor.toFloat32();
  } catch (error) {
    if (error instanceof BertieError) return error;
    throw error;
  }
  return { code: "none", message: "" };
}

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: "F32", shape, data_offsets });

describe("readSafetensors()", () => {
  it("reads every dtype as float32", () => {
    const cases: [string, WeightDType, ArrayBufferView, number[]][] = [
      ["F64", "float64", new Float64Array([0.1, -2]), [Math.fround(0.1), -2]],
      ["F32", "float32", new Float32Array([1.5, -0]), [1.5, -0]],
      ["F16", "float16", new Uint16Array([0x3c00, 0xc100]), [1, -2.5]],
      ["BF16", "bfloat16", new Uint16Array([0x3f80, 0xc020]), [1, -2.5]],
      ["I64", "int64", new BigInt64Array([-3n, 2n ** 40n]), [-3, 2 ** 40]],
      ["U64", "uint64", new BigUint64Array([2n ** 63n]), [2 ** 63]],
      ["I32", "int32", new Int32Array([-8]), [-8]],
      ["U32", "uint32", new Uint32Array([2 ** 31]), [2 ** 31]],
      ["I16", "int16", new Int16Array([-300]), [-300]],
      ["U16", "uint16", new Uint16Array([65535]), [65535]],
      ["I8", "int8", new Int8Array([-1, 2]), [-1, 2]],
      ["U8", "uint8", new Uint8Array([255]), [255]],
      ["BOOL", "bool", new Uint8Array([0, 1]), [0, 1]],
    ];
    for (const [name, dtype, data, values] of cases) {
      const bytes = new Uint8Array(data.buffer);
      const whole = file({ x: { dtype: name, shape: [values.length], data_offsets: [0, bytes.length] } }, bytes.length);
      whole.set(bytes, whole.length - bytes.length);
      const tensor = readSafetensors(whole, "w.safetensors").get("x")!;
      expect([tensor.dtype, tensor.shape, Array.from(tensor.toFloat32())]).toEqual([dtype, [values.length], values]);
    }
  });

  it("returns views of aligned float32 and copies of unaligned data", () => {
    const inPlace = readSafetensors(golden, "init").get("classifier.bias")!.toFloat32();
    expect(inPlace.buffer).toBe(golden.buffer);
    const shifted = new Uint8Array(golden.length + 1);
    shifted.set(golden, 1);
    const copied = readSafetensors(shifted.subarray(1), "init").get("classifier.bias")!.toFloat32();
    expect(copied.buffer).not.toBe(shifted.buffer);
    expect(copied).toEqual(inPlace);
  });

  it("accepts a file without tensors, an empty tensor, a scalar, and a header padded with blanks", () => {
    expect(readSafetensors(file("{}  "), "w").size).toBe(0);
    const tensors = readSafetensors(file({ empty: f32([0, 5], [0, 0]), scalar: f32([], [0, 4]) }, 4), "w");
    expect(tensors.get("empty")!.toFloat32()).toHaveLength(0);
    expect(tensors.get("scalar")!.toFloat32()).toHaveLength(1);
  });

  it.each([
    ["no header length", new Uint8Array(7), "weights/header-truncated", /at least 8 bytes .*, found 7/],
    ["a header above the limit", file("{}", 0, 100_000_001), "weights/header-too-large", /found 100000001/],
    ["a header length above 2^53", new Uint8Array(16).fill(255), "weights/header-too-large", /at most 100000000/],
    ["a truncated header", file("{}", 0, 3), "weights/header-truncated", /header of 3 bytes, found 2/],
    ["a header that is not UTF-8", file("{}", 9, 9), "weights/header-not-json", /JSON/],
    ["a header that is an array", file("[]"), "weights/header-not-json", /JSON object/],
    ["a header that is not JSON", file('{"a":'), "weights/header-not-json", /JSON object/],
    [
      "a header that is nested too deeply",
      file(`{"a":${"[".repeat(9)}${"]".repeat(9)}}`),
      "weights/header-not-json",
      /JSON/,
    ],
    [
      "a duplicate tensor",
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":2}'),
      "weights/duplicate-key",
      /key "a" occurs twice/,
    ],
    [
      "a duplicate key in an entry",
      file('{"a":{"dtype":1,"dtype":1}}'),
      "weights/duplicate-key",
      /key "dtype" occurs twice/,
    ],
    ["metadata that is not a string", file({ __metadata__: { a: 1 } }), "weights/bad-metadata", /__metadata__/],
    ["an entry that is not an object", file({ a: 3 }), "weights/bad-entry", /tensor "a" must have dtype/],
    ["an entry without a shape", file({ a: { dtype: "F32", data_offsets: [0, 0] } }), "weights/bad-entry", /must have/],
    ["an unsupported dtype", file({ a: { ...f32([], [0, 1]), dtype: "F8_E4M3" } }), "weights/unknown-dtype", /F8_E4M3/],
    [
      "a dtype named like a prototype method",
      file({ a: { ...f32([], [0, 1]), dtype: "toString" } }),
      "weights/unknown-dtype",
      /toS/,
    ],
    ["a negative size", file({ a: f32([-1], [0, 4]) }), "weights/bad-shape", /\[-1\]/],
    ["a size that is not a number", file({ a: f32(["1"], [0, 4]) }), "weights/bad-shape", /\["1"\]/],
    ["a product above 2^53", file({ a: f32([2 ** 40, 2 ** 40], [0, 4]) }), "weights/bad-shape", /invalid shape/],
    ["three offsets", file({ a: f32([1], [0, 4, 8]) }), "weights/bad-offsets", /\[0,4,8\]/],
    [
      "a span that does not match the shape",
      file({ a: f32([2], [0, 4]) }, 4),
      "weights/size-mismatch",
      /8 bytes.* span 4/,
    ],
    ["an end before the start", file({ a: f32([1], [4, 0]) }, 4), "weights/size-mismatch", /span -4/],
    ["a gap", file({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12), "weights/bad-offsets", /gap of 4 bytes/],
    ["a gap at the start", file({ a: f32([1], [4, 8]) }, 8), "weights/bad-offsets", /gap of 4 bytes/],
    ["an overlap", file({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, 8), "weights/bad-offsets", /"b" overlaps/],
    ["truncated data", file({ a: f32([2], [0, 8]) }, 5), "weights/truncated", /expected 8 bytes .*, found 5/],
    [
      "bytes after the last tensor",
      file({ a: f32([1], [0, 4]) }, 6),
      "weights/trailing-bytes",
      /2 unexpected bytes follow/,
    ],
  ])("rejects %s", (_, bytes, code, message) => {
    const error = errorOf(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^w\.safetensors: /);
  });

  it("rejects a header that is not UTF-8", () => {
    const bytes = file('{"a":1}');
    bytes[10] = 0xff;
    expect(errorOf(bytes).code).toBe("weights/header-not-utf8");
  });

  it("reads or rejects a file after any corruption or truncation", () => {
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) });
    const small = writeSafetensors(new Map([["a", tensorFromFloat32([2], new Float32Array(2))]]));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(8), (edits, removed) => {
        const bytes = small.slice(0, small.length - removed);
        for (const { at, byte } of edits) bytes[Math.floor(at * (bytes.length - 1))] = byte;
        errorOf(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void errorOf(bytes)));
  });
});

describe("writeSafetensors()", () => {
  it("writes the same bytes as the reference implementation", () => {
    expect(writeSafetensors(readSafetensors(golden, "init"), { format: "pt" })).toEqual(golden);
  });

  it("round-trips names, dtypes, shapes and bytes, and aligns every tensor", () => {
    const tensor = fc
      .record({
        dtype: fc.constantFrom(...(Object.keys(ITEM_SIZE) as WeightDType[])),
        shape: fc.array(fc.nat(3), { maxLength: 3 }),
        fill: fc.nat(255),
      })
      .map(({ dtype, shape, fill }) => {
        const length = shape.reduce((count, size) => count * size, ITEM_SIZE[dtype]);
        const bytes = new Uint8Array(length).fill(fill);
        return weightTensor(dtype, shape, () => bytes);
      });
    const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor)), fc.dictionary(fc.string(), fc.string()), (pairs, metadata) => {
        const tensors = new Map(pairs);
        const plain = (all: typeof tensors) =>
          Array.from(all, ([key, { dtype, shape, toBytes }]) => [key, dtype, shape, Array.from(toBytes())]).sort();
        const back = new Map(readSafetensors(writeSafetensors(tensors, metadata), "w"));
        expect(plain(back)).toEqual(plain(tensors));
        for (const { dtype, toBytes } of back.values()) expect(toBytes().byteOffset % ITEM_SIZE[dtype]).toBe(0);
      }),
    );
  });

  it("rejects a tensor named __metadata__", () => {
    const tensors = new Map([["__metadata__", tensorFromFloat32([1], new Float32Array(1))]]);
    expect(() => writeSafetensors(tensors)).toThrow(BertieError);
  });
});

describe("safetensorsChunks()", () => {
  it("does not copy float32 tensors", () => {
    const values = new Float32Array(3);
    const chunks = [...safetensorsChunks(new Map([["a", tensorFromFloat32([3], values)]]))];
    expect(chunks[1]!.buffer).toBe(values.buffer);
  });
});
