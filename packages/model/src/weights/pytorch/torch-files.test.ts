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

function faultOf(run: () => unknown): { code: string; message: string } {
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
  it("reads a tensor, with and without a byte order", () => {
    for (const order of [undefined, "little"]) {
      const tensors = readTorchZip(torchZip(parts({}), data, order), "w.bin");
      expect(Array.from(tensors.get("x")!.toFloat32())).toEqual([1, 2]);
    }
  });

  it("finds a state dict under the names that training scripts give it, and leaves out what is no tensor", () => {
    for (const key of ["state_dict", "model", "model_state_dict", "module"]) {
      const object = dict({ epoch: int(3), [key]: dict({ x: tensor(vector), step: int(4) }) });
      expect([...readTorchZip(torchZip(object, data), "w.bin").keys()]).toEqual(["x"]);
    }
  });

  it("reads an OrderedDict as Python 2 pickles it, and tensors of torch before 0.4", () => {
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
    ["an archive that torch.save did not make", zip([["a.txt", "a"]]), "weights/zip", /not one of torch\.save/],
    [
      "two pickles",
      zip([
        ["a/data.pkl", ""],
        ["b/data.pkl", ""],
      ]),
      "weights/zip",
      /one NAME\/data\.pkl/,
    ],
    ["another byte order", torchZip(parts({}), data, "big"), "weights/byte-order", /"big"/],
    ["a storage that is not there", torchZip(parts({ key: "7" }), data), "weights/storage", /"x" needs storage "7"/],
    ["a storage that is too short", torchZip(parts({ length: 3 }), data), "weights/storage", /"x" needs 3 .* 8 bytes/],
    [
      "a shape past its storage",
      torchZip(parts({ shape: [3] }), data),
      "weights/strides",
      /"x" .* element 2 of a storage of 2/,
    ],
    ["an offset past its storage", torchZip(parts({ offset: 1 }), data), "weights/strides", /reaches element 2/],
    [
      "strides past its storage",
      torchZip(parts({ stride: [9] }), data),
      "weights/strides",
      /strides \[9\] reaches element 9/,
    ],
    [
      "a number past 2^53",
      torchZip(parts({ shape: Array(4).fill(2 ** 30), stride: Array(4).fill(2 ** 30) }), data),
      "weights/strides",
      /"x"/,
    ],
    [
      "an element repeated without end",
      torchZip(parts({ shape: [2 ** 30], stride: [0] }), data),
      "weights/strides",
      /repeats the 2/,
    ],
    [
      "a negative size",
      torchZip(parts({ shape: [-1] }), data),
      "weights/pickle",
      /arguments that torch would not give/,
    ],
    ["a negative stride", torchZip(parts({ stride: [-1] }), data), "weights/pickle", /arguments/],
    ["strides for other axes", torchZip(parts({ stride: [1, 1] }), data), "weights/pickle", /arguments/],
    [
      "a tensor of 65 axes",
      torchZip(parts({ shape: Array(65).fill(1), stride: Array(65).fill(1) }), data),
      "weights/pickle",
      /arg/,
    ],
    [
      "a storage that is many tensors",
      torchZip(
        dict(
          Object.fromEntries(
            Array.from({ length: 40 }, (_, i) => [`x${i}`, tensor({ length: 2 ** 15, shape: [2 ** 15], stride: [1] })]),
          ),
        ),
        { 0: new Uint8Array(2 ** 17) },
      ),
      "weights/shared-storage",
      /its tensors take 5242880 bytes, but are made of 131072/,
    ],
    ["a tensor without a storage", torchZip(call(rebuild, int(1))), "weights/pickle", /_rebuild_tensor_v2/],
    [
      "a parameter without a tensor",
      torchZip(call(global("torch._utils", "_rebuild_parameter"), int(1))),
      "weights/pickle",
      /_param/,
    ],
    [
      "an OrderedDict of no pairs",
      torchZip(call(global("collections", "OrderedDict"), tuple(int(1)))),
      "weights/pickle",
      /Ordered/,
    ],
    ["a call of what is no function", torchZip(call(global("torch", "FloatStorage"))), "weights/pickle", /no function/],
    ["a call of a number", torchZip(call(int(1))), "weights/pickle", /no function/],
    ["a storage that is none", torchZip([...int(1), 0x51]), "weights/pickle", /storage of unknown type/],
    [
      "a function of the machine",
      torchZip(call(global("os", "system"), text("true"))),
      "weights/forbidden-global",
      /"os\.system"/,
    ],
    ["a function named only", torchZip(global("builtins", "eval")), "weights/forbidden-global", /"builtins\.eval"/],
    ["a name of the table's prototype", torchZip(global("", "toString")), "weights/forbidden-global", /toString/],
    [
      "a dotted way around the table",
      torchZip(global("torch._utils", "_rebuild_tensor_v2.__globals__")),
      "weights/forbidden-global",
      /globals/,
    ],
    ["quantized tensors", torchZip(global("torch._utils", "_rebuild_qtensor")), "weights/forbidden-global", /qtensor/],
    ["an empty dict", torchZip([0x7d]), "weights/no-tensors", /holds no dict/],
    [
      "a dict of other things",
      torchZip(dict({ epoch: int(3), args: dict({}) })),
      "weights/no-tensors",
      /it holds \["epoch","args"\]/,
    ],
    ["a list", torchZip([0x5d]), "weights/no-tensors", /holds no dict/],
  ])("refuses %s", (_, bytes, code, message) => {
    const fault = faultOf(() => readTorchZip(bytes, "w.bin"));
    expect(fault.message).toMatch(message);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(/^w\.bin: /);
  });

  it("takes pairs once, however often a pickle makes a dict of them", () => {
    // Pairs for an OrderedDict, stored under 0: the first call takes them, the others find none.
    const pairs = [0x5d, 0x28, ...Array.from({ length: 20_000 }, () => [0x4e, 0x4e, 0x86]).flat(), 0x65, 0x85, 0x71, 0];
    const dicts = [...global("collections", "OrderedDict"), 0x71, 1];
    const many = Array.from({ length: 100_000 }, () => [0x68, 1, 0x68, 0, 0x52]).flat();
    expect(faultOf(() => readTorchZip(torchZip([...pairs, ...dicts, ...many]), "w.bin")).code).toBe(
      "weights/no-tensors",
    );
  });

  it("views what is in row-major order, whatever the stride of an axis of one", () => {
    const bytes = torchZip(parts({ offset: 1, shape: [1, 1], stride: [77, 5] }), data);
    const view = readTorchZip(bytes, "w.bin").get("x")!.toBytes();
    expect(view.buffer).toBe(bytes.buffer);
    expect([...view]).toEqual([...floats(2)]);
  });

  it("gathers any strides as the definition of strides says", () => {
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

/** A storage that is a window on another, as torch wrote before 0.4. */
const storageWindow = [
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

/** The list of storages names one twice: "0", and "1" made a "0". */
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
    ["a pickle of something else", pickle(int(1)), "weights/unknown-format", /not one of torch\.save/],
    [
      "another byte order",
      torchLegacy(parts({}), data, dict({ little_endian: [0x89] })),
      "weights/byte-order",
      /little-endian/,
    ],
    ["a machine of which nothing is said", torchLegacy(parts({}), data, int(1)), "weights/byte-order", /little-endian/],
    ["a storage that is not there", torchLegacy(parts({ key: "1" }), {}), "weights/storage", /"x" needs storage "1"/],
    ["a storage that comes twice", legacyTwice, "weights/storage", /the same storage twice/],
    ["a storage that no tensor uses", torchLegacy(parts({}), { 1: floats(1) }), "weights/storage", /no tensor uses/],
    [
      "a storage of another length",
      torchLegacy(parts({}), { 0: floats(1) }),
      "weights/storage",
      /"x" needs 2 .* 4 bytes/,
    ],
    ["a window on a storage", torchLegacy(storageWindow, {}), "weights/pickle", /storage of unknown type or form/],
    ["a storage that is cut off", torchLegacy(parts({}), data).slice(0, -1), "weights/truncated", /get the file anew/],
    [
      "a file cut off before the storages",
      torchLegacy(parts({}), data).slice(0, 40),
      "weights/truncated",
      /get the file/,
    ],
  ])("refuses %s", (_, bytes, code, message) => {
    const fault = faultOf(() => readTorchLegacy(bytes, "w.bin"));
    expect(fault.message).toMatch(message);
    expect(fault.code).toBe(code);
  });
});
