import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  call,
  dict,
  global,
  int,
  pickle,
  storage,
  type TensorParts,
  tensor,
  text,
  torchLegacy,
  torchZip,
  tuple,
  zip,
} from "../../../fixtures/torch-files.ts";
import { readTorchLegacy } from "./read-legacy.ts";
import { readTorchZip } from "./read-zip.ts";

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

function errorOf(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof BertieError) return error;
    throw error;
  }
  return { code: "none", message: "" };
}

const vector: TensorParts = { length: 2, shape: [2], stride: [1] };
const parts = (change: Partial<TensorParts>) => dict({ x: tensor({ ...vector, ...change }) });
const data = { 0: floats(1, 2) };

describe("readTorchZip()", () => {
  it("reads a tensor with and without a byteorder entry", () => {
    for (const order of [undefined, "little"]) {
      const tensors = readTorchZip(torchZip(parts({}), data, order), "w.bin");
      expect(Array.from(tensors.get("x")!.toFloat32())).toEqual([1, 2]);
    }
  });

  it("finds a state dict under the keys that training scripts use, and ignores other values", () => {
    for (const key of ["state_dict", "model", "model_state_dict", "module"]) {
      const object = dict({ epoch: int(3), [key]: dict({ x: tensor(vector), step: int(4) }) });
      expect([...readTorchZip(torchZip(object, data), "w.bin").keys()]).toEqual(["x"]);
    }
  });

  it("reads an OrderedDict of Python 2 and tensors of PyTorch before 0.4", () => {
    const rebuilt = call(
      global("torch._utils", "_rebuild_tensor"),
      storage("0", 2),
      int(0),
      tuple(int(2)),
      tuple(int(1)),
    );
    const object = call(global("collections", "OrderedDict"), tuple(tuple(text("x"), rebuilt)));
    expect(Array.from(readTorchZip(torchZip(object, data), "w.bin").get("x")!.toFloat32())).toEqual([1, 2]);
  });

  const rebuild = global("torch._utils", "_rebuild_tensor_v2");
  it.each<[string, Uint8Array, string, RegExp]>([
    ["an archive without a pickle", zip([["a.txt", "a"]]), "weights/zip", /one NAME\/data\.pkl .* found 0/],
    [
      "two pickles",
      zip([
        ["a/data.pkl", ""],
        ["b/data.pkl", ""],
      ]),
      "weights/zip",
      /one NAME\/data\.pkl .* found 2/,
    ],
    ["another byte order", torchZip(parts({}), data, "big"), "weights/byte-order", /"big"/],
    ["a missing storage", torchZip(parts({ key: "7" }), data), "weights/storage", /"x" needs storage "7"/],
    ["a storage that is too short", torchZip(parts({ length: 3 }), data), "weights/storage", /"x" needs 3 .* 8 bytes/],
    [
      "a shape that exceeds the storage",
      torchZip(parts({ shape: [3] }), data),
      "weights/strides",
      /"x" .* element 2 of a storage of 2/,
    ],
    ["an offset that exceeds the storage", torchZip(parts({ offset: 1 }), data), "weights/strides", /uses element 2/],
    [
      "strides that exceed the storage",
      torchZip(parts({ stride: [9] }), data),
      "weights/strides",
      /strides \[9\] uses element 9/,
    ],
    [
      "a number above 2^53",
      torchZip(parts({ shape: Array(4).fill(2 ** 30), stride: Array(4).fill(2 ** 30) }), data),
      "weights/strides",
      /"x"/,
    ],
    [
      "a repeated element",
      torchZip(parts({ shape: [2 ** 30], stride: [0] }), data),
      "weights/strides",
      /repeats the 2/,
    ],
    ["a negative size", torchZip(parts({ shape: [-1] }), data), "weights/pickle", /invalid arguments/],
    ["a negative stride", torchZip(parts({ stride: [-1] }), data), "weights/pickle", /arguments/],
    ["strides for another number of axes", torchZip(parts({ stride: [1, 1] }), data), "weights/pickle", /arguments/],
    [
      "a tensor with 65 axes",
      torchZip(parts({ shape: Array(65).fill(1), stride: Array(65).fill(1) }), data),
      "weights/pickle",
      /arg/,
    ],
    [
      "a storage shared by many tensors",
      torchZip(
        dict(
          Object.fromEntries(
            Array.from({ length: 40 }, (_, i) => [`x${i}`, tensor({ length: 2 ** 15, shape: [2 ** 15], stride: [1] })]),
          ),
        ),
        { 0: new Uint8Array(2 ** 17) },
      ),
      "weights/shared-storage",
      /tensors of 5242880 bytes share storages of 131072/,
    ],
    ["a tensor without a storage", torchZip(call(rebuild, int(1))), "weights/pickle", /_rebuild_tensor_v2/],
    [
      "a parameter without a tensor",
      torchZip(call(global("torch._utils", "_rebuild_parameter"), int(1))),
      "weights/pickle",
      /_param/,
    ],
    [
      "an OrderedDict of values that are not pairs",
      torchZip(call(global("collections", "OrderedDict"), tuple(int(1)))),
      "weights/pickle",
      /Ordered/,
    ],
    ["a call of a storage class", torchZip(call(global("torch", "FloatStorage"))), "weights/pickle", /not a function/],
    ["a call of a number", torchZip(call(int(1))), "weights/pickle", /not a function/],
    ["a number as a storage id", torchZip([...int(1), 0x51]), "weights/pickle", /storage of an unsupported type/],
    [
      "a call of a system function",
      torchZip(call(global("os", "system"), text("true"))),
      "weights/forbidden-global",
      /"os\.system"/,
    ],
    ["a reference to a function", torchZip(global("builtins", "eval")), "weights/forbidden-global", /"builtins\.eval"/],
    ["a name of a prototype method", torchZip(global("", "toString")), "weights/forbidden-global", /toString/],
    [
      "a dotted attribute of an allowed function",
      torchZip(global("torch._utils", "_rebuild_tensor_v2.__globals__")),
      "weights/forbidden-global",
      /globals/,
    ],
    ["quantized tensors", torchZip(global("torch._utils", "_rebuild_qtensor")), "weights/forbidden-global", /qtensor/],
    ["an empty dict", torchZip([0x7d]), "weights/no-tensors", /found no dict with string keys/],
    [
      "a dict of other values",
      torchZip(dict({ epoch: int(3), args: dict({}) })),
      "weights/no-tensors",
      /found a dict with the keys \["epoch","args"\]/,
    ],
    ["a list", torchZip([0x5d]), "weights/no-tensors", /found no dict with string keys/],
  ])("rejects %s", (_, bytes, code, message) => {
    const error = errorOf(() => readTorchZip(bytes, "w.bin"));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^w\.bin: /);
  });

  it("uses a list of pairs only once, even if a pickle creates many dicts from it", () => {
    // The list of pairs is memo entry 0. The first OrderedDict takes the pairs, so the list is empty for the others.
    const pairs = [0x5d, 0x28, ...Array.from({ length: 20_000 }, () => [0x4e, 0x4e, 0x86]).flat(), 0x65, 0x85, 0x71, 0];
    const dicts = [...global("collections", "OrderedDict"), 0x71, 1];
    const many = Array.from({ length: 100_000 }, () => [0x68, 1, 0x68, 0, 0x52]).flat();
    expect(errorOf(() => readTorchZip(torchZip([...pairs, ...dicts, ...many]), "w.bin")).code).toBe(
      "weights/no-tensors",
    );
  });

  it("returns a view of contiguous elements, ignoring the strides of axes of size 1", () => {
    const bytes = torchZip(parts({ offset: 1, shape: [1, 1], stride: [77, 5] }), data);
    const view = readTorchZip(bytes, "w.bin").get("x")!.toBytes();
    expect(view.buffer).toBe(bytes.buffer);
    expect([...view]).toEqual([...floats(2)]);
  });

  it("gathers elements with arbitrary strides", () => {
    const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), stride: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 4 }), fc.nat(3), (axes, offset) => {
        const shape = axes.map(({ size }) => size);
        const stride = axes.map((item) => item.stride);
        let indices = [offset];
        for (const { size, stride: step } of axes) {
          indices = indices.flatMap((index) => Array.from({ length: size }, (_, i) => index + i * step));
        }
        const length = 70;
        const content = floats(...Array.from({ length }, (_, i) => i));
        const bytes = torchZip(dict({ x: tensor({ length, offset, shape, stride }) }), { 0: content });
        expect(Array.from(readTorchZip(bytes, "w.bin").get("x")!.toFloat32())).toEqual(indices);
      }),
    );
  });
});

/** A storage that is a view of another one, as in files of PyTorch before 0.4. */
const storageView = [
  ...tuple(
    text("storage"),
    global("torch", "FloatStorage"),
    text("0"),
    text("cpu"),
    int(2),
    tuple(text("1"), int(0), int(1)),
  ),
  0x51,
];

/** A file whose list of storages contains "0" twice, because the key "1" was changed to "0". */
const legacyTwice = torchLegacy(dict({ x: tensor(vector) }), { 0: floats(1, 2), 1: floats(1, 2) }).map(
  (byte, at, all) => (byte === 0x31 && all[at - 1] === 0 && all[at - 4] === 1 ? 0x30 : byte),
);

describe("readTorchLegacy()", () => {
  it("reads tensors that share a storage, and storages in the order of the list", () => {
    const object = dict({
      x: tensor(vector),
      y: tensor({ ...vector, key: "b" }),
      z: tensor({ ...vector, offset: 1, shape: [1] }),
    });
    const tensors = readTorchLegacy(torchLegacy(object, { b: floats(3, 4), 0: floats(1, 2) }), "w.bin");
    expect(Array.from(tensors, ([name, { toFloat32 }]) => [name, ...toFloat32()])).toEqual([
      ["x", 1, 2],
      ["y", 3, 4],
      ["z", 2],
    ]);
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ["a pickle of another program", pickle(int(1)), "weights/unknown-format", /torch\.save did not write/],
    [
      "another byte order",
      torchLegacy(parts({}), data, dict({ little_endian: [0x89] })),
      "weights/byte-order",
      /little-endian/,
    ],
    ["missing facts about the machine", torchLegacy(parts({}), data, int(1)), "weights/byte-order", /little-endian/],
    ["a missing storage", torchLegacy(parts({ key: "1" }), {}), "weights/storage", /"x" needs storage "1"/],
    ["a duplicate storage", legacyTwice, "weights/storage", /a storage is listed twice/],
    ["an unused storage", torchLegacy(parts({}), { 1: floats(1) }), "weights/storage", /not used by any tensor/],
    [
      "a storage of another length",
      torchLegacy(parts({}), { 0: floats(1) }),
      "weights/storage",
      /"x" needs 2 .* 4 bytes/,
    ],
    ["a view of a storage", torchLegacy(storageView, {}), "weights/pickle", /storage of an unsupported type/],
    ["a truncated storage", torchLegacy(parts({}), data).slice(0, -1), "weights/truncated", /unexpected end of data/],
    [
      "a file truncated before the storages",
      torchLegacy(parts({}), data).slice(0, 40),
      "weights/truncated",
      /unexpected end of data/,
    ],
  ])("rejects %s", (_, bytes, code, message) => {
    const error = errorOf(() => readTorchLegacy(bytes, "w.bin"));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
});
