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
} from "../../packages/model/fixtures/torch-files.ts";

/** A file that must be refused: what is wrong with it, the code of the refusal, and its bytes. */
export type Malformed<Contents> = readonly [what: string, code: string, contents: Contents];

/** A safetensors file with this header, byte for byte, and this much data. */
function safetensors(header: string | object, dataLength = 0, headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (shape: unknown, data_offsets: unknown, dtype = "F32") => ({ dtype, shape, data_offsets });
const many = (count: number) =>
  `{${Array.from({ length: count }, (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(",")}}`;

/** Safetensors files, each of which its format forbids in another way. */
export const malformedSafetensors: readonly Malformed<Uint8Array>[] = [
  ["nothing at all", "weights/header-truncated", new Uint8Array(0)],
  ["seven bytes", "weights/header-truncated", new Uint8Array(7)],
  ["a header of 100 MB and one byte", "weights/header-too-large", safetensors("{}", 0, 100_000_001)],
  ["a header of 2⁶⁴ − 1 bytes", "weights/header-too-large", new Uint8Array(64).fill(0xff)],
  ["a header past the end", "weights/header-truncated", safetensors("{}", 5, 8)],
  ["a header without bytes", "weights/header-not-json", safetensors("")],
  ["a header that begins with a blank", "weights/header-not-json", safetensors(" {}")],
  ["a header that is a list", "weights/header-not-json", safetensors("[]")],
  ["a header that is cut off", "weights/header-not-json", safetensors('{"a":{"dtype":"F32"')],
  ["two headers", "weights/header-not-json", safetensors("{}{}")],
  ["a header with a comma too many", "weights/header-not-json", safetensors('{"__metadata__":{},}')],
  [
    "a header that is Latin-1",
    "weights/header-not-utf8",
    safetensors('{"a":1}').map((byte) => (byte === 0x61 ? 0xe9 : byte)),
  ],
  ["a header nested without end", "weights/bad-entry", safetensors(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`)],
  ["a header nested a little too deep", "weights/header-not-json", safetensors('{"a":[[[[[[1]]]]]]}')],
  ["a name of a megabyte", "weights/header-not-json", safetensors({ ["x".repeat(1e6)]: 1 })],
  ["a shape of a million axes", "weights/bad-entry", safetensors({ a: entry(Array(1e6).fill(1), [0, 4]) }, 4)],
  ["more tensors than a thousand layers have", "weights/too-many-tensors", safetensors(many(65_537))],
  ["a tensor twice", "weights/duplicate-key", safetensors(`{"a":${JSON.stringify(entry([0], [0, 0]))},"a":1}`)],
  [
    "a tensor twice, once in escapes",
    "weights/duplicate-key",
    safetensors(`{"a":${JSON.stringify(entry([0], [0, 0]))},"\\u0061":1}`),
  ],
  [
    "a dtype twice",
    "weights/duplicate-key",
    safetensors('{"a":{"dtype":"F32","dtype":"F16","shape":[],"data_offsets":[0,4]}}', 4),
  ],
  ["metadata twice", "weights/duplicate-key", safetensors('{"__metadata__":{},"__metadata__":{}}')],
  ["a key of metadata twice", "weights/duplicate-key", safetensors('{"__metadata__":{"a":"1","a":"2"}}')],
  ["metadata that is a list", "weights/bad-metadata", safetensors({ __metadata__: ["a"] })],
  ["metadata of numbers", "weights/bad-metadata", safetensors({ __metadata__: { a: 1 } })],
  ["metadata nested", "weights/bad-metadata", safetensors({ __metadata__: { a: { b: "c" } } })],
  ["an entry that is null", "weights/bad-entry", safetensors({ a: null })],
  ["an entry without offsets", "weights/bad-entry", safetensors({ a: { dtype: "F32", shape: [] } })],
  ["an unknown dtype", "weights/unknown-dtype", safetensors({ a: entry([], [0, 1], "F4") }, 1)],
  ["a dtype of the prototype", "weights/unknown-dtype", safetensors({ a: entry([], [0, 1], "__proto__") }, 1)],
  ["a negative size", "weights/bad-shape", safetensors({ a: entry([-1, -1], [0, 4]) }, 4)],
  ["a fraction of an axis", "weights/bad-shape", safetensors({ a: entry([0.5], [0, 2]) }, 2)],
  [
    "a size past all numbers",
    "weights/bad-shape",
    safetensors('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4),
  ],
  ["sizes whose product overflows 64 bits", "weights/bad-shape", safetensors({ a: entry([2 ** 32, 2 ** 32], [0, 0]) })],
  [
    "sizes that overflow and are empty after all",
    "weights/bad-shape",
    safetensors({ a: entry([2 ** 40, 2 ** 40, 0], [0, 0]) }),
  ],
  ["one offset", "weights/bad-offsets", safetensors({ a: entry([1], [4]) }, 4)],
  ["an offset that is text", "weights/bad-offsets", safetensors({ a: entry([1], ["0", 4]) }, 4)],
  [
    "an offset past 2⁵³",
    "weights/bad-offsets",
    safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[9007199254740993,9007199254740993]}}'),
  ],
  ["an end before its beginning", "weights/size-mismatch", safetensors({ a: entry([1], [4, 0]) }, 4)],
  ["a span larger than shape and dtype", "weights/size-mismatch", safetensors({ a: entry([1], [0, 8]) }, 8)],
  ["a span smaller than shape and dtype", "weights/size-mismatch", safetensors({ a: entry([3], [0, 8]) }, 8)],
  ["tensors that overlap", "weights/bad-offsets", safetensors({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }, 12)],
  ["tensors in one place", "weights/bad-offsets", safetensors({ a: entry([1], [0, 4]), b: entry([1], [0, 4]) }, 4)],
  ["a hole before all tensors", "weights/bad-offsets", safetensors({ a: entry([1], [4, 8]) }, 8)],
  ["a hole between tensors", "weights/bad-offsets", safetensors({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12)],
  ["offsets past the end", "weights/truncated", safetensors({ a: entry([2 ** 20], [0, 2 ** 22]) }, 4)],
  ["bytes behind the last tensor", "weights/trailing-bytes", safetensors({ a: entry([1], [0, 4]) }, 5)],
];

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);
const vector: TensorParts = { length: 2, shape: [2], stride: [1] };
const parts = (changes: Partial<TensorParts>) => dict({ x: tensor({ ...vector, ...changes }) });
const data = { 0: floats(1, 2) };
const good = parts({});
const [MARK, LIST, DICT, NONE, MEMOIZE] = [0x28, 0x5d, 0x7d, 0x4e, 0x94];
const times = (count: number, ...instructions: number[]) => Array.from({ length: count }, () => instructions).flat();
/** A list that holds itself, with a tensor that has it for a shape. */
const cycle = [LIST, 0x71, 0, 0x68, 0, 0x61];
const rebuild = global("torch._utils", "_rebuild_tensor_v2");

/** Archives that no torch.save writes, and which other readers may see otherwise. */
export const malformedArchives: readonly Malformed<Uint8Array>[] = [
  ["an archive cut off", "weights/zip", torchZip(good, data).slice(0, -1)],
  ["an archive with bytes behind it", "weights/zip", Uint8Array.of(...torchZip(good, data), 0)],
  ["an archive without a directory", "weights/zip", Uint8Array.from("PK\x03\x04".padEnd(100), (c) => c.charCodeAt(0))],
  ["an archive of something else", "weights/zip", zip([["word/document.xml", "<a/>"]])],
  [
    "two pickles",
    "weights/zip",
    zip([
      ["a/data.pkl", ""],
      ["b/data.pkl", ""],
    ]),
  ],
  [
    "an entry twice",
    "weights/zip-duplicate",
    zip([
      ["a/data.pkl", pickle(good)],
      ["a/data.pkl", ""],
    ]),
  ],
  [
    "an entry that leads out",
    "weights/zip-name",
    zip([
      ["a/data.pkl", pickle(good)],
      ["a/../../etc/cron.d/x", ""],
    ]),
  ],
  ["an entry from the root", "weights/zip-name", zip([["/a/data.pkl", pickle(good)]])],
  ["an entry of Windows", "weights/zip-name", zip([["a\\data.pkl", pickle(good)]])],
  ["an entry without a name", "weights/zip-name", zip([["", ""]])],
  ["a compressed entry", "weights/zip-compressed", torchZip(good, data, "little", { method: 8 })],
  ["an encrypted entry", "weights/zip-encrypted", torchZip(good, data, "little", { flags: 1 })],
  ["a bomb by its sizes", "weights/zip-mismatch", torchZip(good, data, "little", { packedOff: -3 })],
  [
    "a header that says another size",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { localSizeOff: 2 ** 20 }),
  ],
  ["a header that says another name", "weights/zip-mismatch", torchZip(good, data, "little", { localName: "v" })],
  ["entries in one another", "weights/zip-overlap", torchZip(good, data, "little", { sizeOff: 7 })],
  ["an entry past the end", "weights/zip", torchZip(good, data, "little", { offsetOff: 1e6 })],
  ["an entry larger than the file", "weights/truncated", torchZip(good, data, "little", { sizeOff: 1e6 })],
  [
    "an entry past 2⁵³ in zip64",
    "weights/truncated",
    torchZip(good, data, "little", { zip64: true, offsetOff: 2 ** 60 }),
  ],
  [
    "zip64 that says other counts",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { zip64: true, zip64CountOff: 1 }),
  ],
  ["2⁴⁰ entries in zip64", "weights/zip-limit", torchZip(good, data, "little", { zip64: true, countOff: 2 ** 40 })],
  ["a directory shorter than it is", "weights/zip-mismatch", torchZip(good, data, "little", { directoryOff: -2 })],
  ["several disks", "weights/zip", torchZip(good, data, "little", { disk: 3 })],
];

/** Pickles that would run code, eat memory or time, or name what is not there. */
export const malformedPickles: readonly Malformed<Uint8Array>[] = [
  ["a call of the shell", "weights/forbidden-global", torchZip(call(global("os", "system"), text("id")))],
  ["eval by another name", "weights/forbidden-global", torchZip(global("builtins", "eval"))],
  [
    "a way around the list",
    "weights/forbidden-global",
    torchZip(global("torch._utils", "_rebuild_tensor_v2.__globals__")),
  ],
  [
    "an object of its class",
    "weights/pickle-instruction",
    torchZip([...global("collections", "OrderedDict"), 0x29, 0x81]),
  ],
  [
    "a class by protocol 0",
    "weights/pickle-instruction",
    torchZip(Array.from("ios\nsystem\n", (c) => c.charCodeAt(0))),
  ],
  ["a pickle cut off", "weights/truncated", torchZip(text("abc").slice(0, -2))],
  ["a value of nothing", "weights/pickle", torchZip([0x61])],
  ["a protocol of the future", "weights/pickle", zip([["w/data.pkl", Uint8Array.of(0x80, 9, NONE, 0x2e)]])],
  ["marks without end", "weights/pickle-limit", torchZip(times(2000, MARK))],
  ["dicts without end", "weights/pickle-limit", torchZip(times(200_000, DICT))],
  ["lists in lists without end", "weights/pickle-limit", torchZip([LIST, ...times(200_000, LIST, 0x61)])],
  ["a memo without end", "weights/pickle-limit", torchZip([NONE, ...times(300_000, MEMOIZE)])],
  ["instructions without end", "weights/pickle-limit", torchZip(times(1_000_001, NONE))],
  ["a text of 4 GiB", "weights/pickle-limit", torchZip([0x58, 0xff, 0xff, 0xff, 0xff])],
  ["an integer of 255 bytes", "weights/pickle-limit", torchZip([0x8a, 255, ...times(255, 1)])],
  ["a list that holds itself", "weights/no-tensors", torchZip(cycle)],
  [
    "a shape that holds itself",
    "weights/pickle",
    torchZip([...rebuild, ...tuple(storage("0", 2), int(0), cycle, cycle), 0x52]),
  ],
  [
    "a shape of a thousand axes",
    "weights/pickle",
    torchZip(parts({ shape: Array(1000).fill(1), stride: Array(1000).fill(1) }), data),
  ],
  ["a negative stride", "weights/pickle", torchZip(parts({ stride: [-1] }), data)],
  ["a huge stride", "weights/strides", torchZip(parts({ stride: [2 ** 31 - 1] }), data)],
  ["a stride of zero, without end", "weights/strides", torchZip(parts({ shape: [2 ** 30], stride: [0] }), data)],
  [
    "strides whose product overflows",
    "weights/strides",
    torchZip(parts({ shape: Array(9).fill(2 ** 30), stride: Array(9).fill(2 ** 30) }), data),
  ],
  ["an offset past the storage", "weights/strides", torchZip(parts({ offset: 2 }), data)],
  ["a storage that is not there", "weights/storage", torchZip(good)],
  ["a storage shorter than it says", "weights/storage", torchZip(parts({ length: 2 ** 30 }), data)],
  ["another byte order", "weights/byte-order", torchZip(good, data, "big")],
  ["no tensors", "weights/no-tensors", torchZip(dict({ epoch: int(3) }))],
  ["a legacy file of something else", "weights/unknown-format", pickle(int(1))],
  ["a legacy file without its storages", "weights/truncated", torchLegacy(good, data).slice(0, -9)],
  ["a legacy file with a storage more", "weights/storage", torchLegacy(good, { ...data, 1: floats(1) })],
  [
    "a pointer of Git LFS",
    "weights/unknown-format",
    new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"),
  ],
  ["a page of HTML", "weights/unknown-format", new TextEncoder().encode("<!DOCTYPE html><title>404</title>")],
];
