import { bundleIndex, header, table } from "../../packages/model/fixtures/tensorflow-files.ts";
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

/** A file that must be rejected: its defect, the error code, and its contents. */
export type Malformed<Contents> = readonly [what: string, code: string, contents: Contents];

/** Creates a safetensors file with the given header and number of data bytes. */
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

/** Safetensors files, each of which violates the format in a different way. */
export const malformedSafetensors: readonly Malformed<Uint8Array>[] = [
  ["an empty file", "weights/header-truncated", new Uint8Array(0)],
  ["seven bytes", "weights/header-truncated", new Uint8Array(7)],
  ["a header of 100 MB and one byte", "weights/header-too-large", safetensors("{}", 0, 100_000_001)],
  ["a header of 2⁶⁴ − 1 bytes", "weights/header-too-large", new Uint8Array(64).fill(0xff)],
  ["a header that extends beyond the end", "weights/header-truncated", safetensors("{}", 5, 8)],
  ["an empty header", "weights/header-not-json", safetensors("")],
  ["a header that starts with a space", "weights/header-not-json", safetensors(" {}")],
  ["a header that is a list", "weights/header-not-json", safetensors("[]")],
  ["a truncated header", "weights/header-not-json", safetensors('{"a":{"dtype":"F32"')],
  ["two headers", "weights/header-not-json", safetensors("{}{}")],
  ["a header with a trailing comma", "weights/header-not-json", safetensors('{"__metadata__":{},}')],
  [
    "a header in Latin-1",
    "weights/header-not-utf8",
    safetensors('{"a":1}').map((byte) => (byte === 0x61 ? 0xe9 : byte)),
  ],
  [
    "a header of a million nested lists",
    "weights/bad-entry",
    safetensors(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`),
  ],
  ["a header of six nested lists", "weights/header-not-json", safetensors('{"a":[[[[[[1]]]]]]}')],
  ["a name of 1 MB", "weights/header-not-json", safetensors({ ["x".repeat(1e6)]: 1 })],
  ["a shape of a million axes", "weights/bad-entry", safetensors({ a: entry(Array(1e6).fill(1), [0, 4]) }, 4)],
  ["more than 65,536 tensors", "weights/too-many-tensors", safetensors(many(65_537))],
  ["a duplicate tensor", "weights/duplicate-key", safetensors(`{"a":${JSON.stringify(entry([0], [0, 0]))},"a":1}`)],
  [
    "a duplicate tensor with an escaped name",
    "weights/duplicate-key",
    safetensors(`{"a":${JSON.stringify(entry([0], [0, 0]))},"\\u0061":1}`),
  ],
  [
    "a duplicate dtype",
    "weights/duplicate-key",
    safetensors('{"a":{"dtype":"F32","dtype":"F16","shape":[],"data_offsets":[0,4]}}', 4),
  ],
  ["duplicate metadata", "weights/duplicate-key", safetensors('{"__metadata__":{},"__metadata__":{}}')],
  ["a duplicate metadata key", "weights/duplicate-key", safetensors('{"__metadata__":{"a":"1","a":"2"}}')],
  ["metadata that is a list", "weights/bad-metadata", safetensors({ __metadata__: ["a"] })],
  ["a metadata value that is a number", "weights/bad-metadata", safetensors({ __metadata__: { a: 1 } })],
  ["nested metadata", "weights/bad-metadata", safetensors({ __metadata__: { a: { b: "c" } } })],
  ["an entry that is null", "weights/bad-entry", safetensors({ a: null })],
  ["an entry without offsets", "weights/bad-entry", safetensors({ a: { dtype: "F32", shape: [] } })],
  ["an unknown dtype", "weights/unknown-dtype", safetensors({ a: entry([], [0, 1], "F4") }, 1)],
  ["__proto__ as dtype", "weights/unknown-dtype", safetensors({ a: entry([], [0, 1], "__proto__") }, 1)],
  ["a negative size", "weights/bad-shape", safetensors({ a: entry([-1, -1], [0, 4]) }, 4)],
  ["a fractional size", "weights/bad-shape", safetensors({ a: entry([0.5], [0, 2]) }, 2)],
  [
    "a size that overflows to infinity",
    "weights/bad-shape",
    safetensors('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4),
  ],
  ["sizes whose product overflows 64 bits", "weights/bad-shape", safetensors({ a: entry([2 ** 32, 2 ** 32], [0, 0]) })],
  [
    "sizes whose product overflows before an axis of size 0",
    "weights/bad-shape",
    safetensors({ a: entry([2 ** 40, 2 ** 40, 0], [0, 0]) }),
  ],
  ["one offset", "weights/bad-offsets", safetensors({ a: entry([1], [4]) }, 4)],
  ["an offset that is a string", "weights/bad-offsets", safetensors({ a: entry([1], ["0", 4]) }, 4)],
  [
    "an offset above 2⁵³",
    "weights/bad-offsets",
    safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[9007199254740993,9007199254740993]}}'),
  ],
  ["an end offset before the start offset", "weights/size-mismatch", safetensors({ a: entry([1], [4, 0]) }, 4)],
  ["more bytes than shape and dtype require", "weights/size-mismatch", safetensors({ a: entry([1], [0, 8]) }, 8)],
  ["fewer bytes than shape and dtype require", "weights/size-mismatch", safetensors({ a: entry([3], [0, 8]) }, 8)],
  ["tensors that overlap", "weights/bad-offsets", safetensors({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }, 12)],
  [
    "two tensors with the same offsets",
    "weights/bad-offsets",
    safetensors({ a: entry([1], [0, 4]), b: entry([1], [0, 4]) }, 4),
  ],
  ["a gap before the first tensor", "weights/bad-offsets", safetensors({ a: entry([1], [4, 8]) }, 8)],
  ["a gap between tensors", "weights/bad-offsets", safetensors({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12)],
  ["offsets beyond the end", "weights/truncated", safetensors({ a: entry([2 ** 20], [0, 2 ** 22]) }, 4)],
  ["bytes after the last tensor", "weights/trailing-bytes", safetensors({ a: entry([1], [0, 4]) }, 5)],
];

const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);
const vector: TensorParts = { length: 2, shape: [2], stride: [1] };
const parts = (changes: Partial<TensorParts>) => dict({ x: tensor({ ...vector, ...changes }) });
const data = { 0: floats(1, 2) };
const good = parts({});
const [MARK, LIST, DICT, NONE, MEMOIZE] = [0x28, 0x5d, 0x7d, 0x4e, 0x94];
const times = (count: number, ...instructions: number[]) => Array.from({ length: count }, () => instructions).flat();
/** Instructions that create a list which contains itself. */
const cycle = [LIST, 0x71, 0, 0x68, 0, 0x61];
const rebuild = global("torch._utils", "_rebuild_tensor_v2");

/** Archives that torch.save never writes, and that other readers may interpret differently. */
export const malformedArchives: readonly Malformed<Uint8Array>[] = [
  ["a truncated archive", "weights/zip", torchZip(good, data).slice(0, -1)],
  ["an archive with trailing bytes", "weights/zip", Uint8Array.of(...torchZip(good, data), 0)],
  [
    "an archive without a central directory",
    "weights/zip",
    Uint8Array.from("PK\x03\x04".padEnd(100), (c) => c.charCodeAt(0)),
  ],
  ["an archive without a pickle", "weights/zip", zip([["word/document.xml", "<a/>"]])],
  [
    "two pickles",
    "weights/zip",
    zip([
      ["a/data.pkl", ""],
      ["b/data.pkl", ""],
    ]),
  ],
  [
    "a duplicate entry",
    "weights/zip-duplicate",
    zip([
      ["a/data.pkl", pickle(good)],
      ["a/data.pkl", ""],
    ]),
  ],
  [
    "an entry with .. in its path",
    "weights/zip-name",
    zip([
      ["a/data.pkl", pickle(good)],
      ["a/../../etc/cron.d/x", ""],
    ]),
  ],
  ["an entry with an absolute path", "weights/zip-name", zip([["/a/data.pkl", pickle(good)]])],
  ["an entry with a backslash", "weights/zip-name", zip([["a\\data.pkl", pickle(good)]])],
  ["an entry without a name", "weights/zip-name", zip([["", ""]])],
  ["a compressed entry", "weights/zip-compressed", torchZip(good, data, "little", { method: 8 })],
  ["an encrypted entry", "weights/zip-encrypted", torchZip(good, data, "little", { flags: 1 })],
  [
    "a compressed size smaller than the size",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { packedOff: -3 }),
  ],
  [
    "a local header with another size",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { localSizeOff: 2 ** 20 }),
  ],
  ["a local header with another name", "weights/zip-mismatch", torchZip(good, data, "little", { localName: "v" })],
  ["overlapping entries", "weights/zip-overlap", torchZip(good, data, "little", { sizeOff: 7 })],
  ["an entry beyond the end", "weights/zip", torchZip(good, data, "little", { offsetOff: 1e6 })],
  ["an entry larger than the file", "weights/truncated", torchZip(good, data, "little", { sizeOff: 1e6 })],
  [
    "a zip64 entry with an offset above 2⁵³",
    "weights/truncated",
    torchZip(good, data, "little", { zip64: true, offsetOff: 2 ** 60 }),
  ],
  [
    "zip64 records with different counts",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { zip64: true, zip64CountOff: 1 }),
  ],
  ["zip64 with 2⁴⁰ entries", "weights/zip-limit", torchZip(good, data, "little", { zip64: true, countOff: 2 ** 40 })],
  [
    "a central directory with a wrong size",
    "weights/zip-mismatch",
    torchZip(good, data, "little", { directoryOff: -2 }),
  ],
  ["several disks", "weights/zip", torchZip(good, data, "little", { disk: 3 })],
];

/** Pickles that would run code, take excessive memory or time, or refer to missing data. */
export const malformedPickles: readonly Malformed<Uint8Array>[] = [
  ["a call of os.system", "weights/forbidden-global", torchZip(call(global("os", "system"), text("id")))],
  ["builtins.eval", "weights/forbidden-global", torchZip(global("builtins", "eval"))],
  [
    "an attribute of an allowed global",
    "weights/forbidden-global",
    torchZip(global("torch._utils", "_rebuild_tensor_v2.__globals__")),
  ],
  [
    "an object created by its class",
    "weights/pickle-instruction",
    torchZip([...global("collections", "OrderedDict"), 0x29, 0x81]),
  ],
  [
    "an instance in protocol 0",
    "weights/pickle-instruction",
    torchZip(Array.from("ios\nsystem\n", (c) => c.charCodeAt(0))),
  ],
  ["a truncated pickle", "weights/truncated", torchZip(text("abc").slice(0, -2))],
  ["an append to an empty stack", "weights/pickle", torchZip([0x61])],
  ["an unknown protocol", "weights/pickle", zip([["w/data.pkl", Uint8Array.of(0x80, 9, NONE, 0x2e)]])],
  ["2,000 marks", "weights/pickle-limit", torchZip(times(2000, MARK))],
  ["200,000 dicts", "weights/pickle-limit", torchZip(times(200_000, DICT))],
  ["200,000 nested lists", "weights/pickle-limit", torchZip([LIST, ...times(200_000, LIST, 0x61)])],
  ["300,000 memo entries", "weights/pickle-limit", torchZip([NONE, ...times(300_000, MEMOIZE)])],
  ["more than a million instructions", "weights/pickle-limit", torchZip(times(1_000_001, NONE))],
  ["a string of 4 GiB", "weights/pickle-limit", torchZip([0x58, 0xff, 0xff, 0xff, 0xff])],
  ["an integer of 255 bytes", "weights/pickle-limit", torchZip([0x8a, 255, ...times(255, 1)])],
  ["a list that contains itself", "weights/no-tensors", torchZip(cycle)],
  [
    "a shape that contains itself",
    "weights/pickle",
    torchZip([...rebuild, ...tuple(storage("0", 2), int(0), cycle, cycle), 0x52]),
  ],
  [
    "a shape with a thousand axes",
    "weights/pickle",
    torchZip(parts({ shape: Array(1000).fill(1), stride: Array(1000).fill(1) }), data),
  ],
  ["a negative stride", "weights/pickle", torchZip(parts({ stride: [-1] }), data)],
  ["a huge stride", "weights/strides", torchZip(parts({ stride: [2 ** 31 - 1] }), data)],
  ["a stride of zero with 2³⁰ elements", "weights/strides", torchZip(parts({ shape: [2 ** 30], stride: [0] }), data)],
  [
    "strides whose product overflows",
    "weights/strides",
    torchZip(parts({ shape: Array(9).fill(2 ** 30), stride: Array(9).fill(2 ** 30) }), data),
  ],
  ["an offset beyond the storage", "weights/strides", torchZip(parts({ offset: 2 }), data)],
  ["a missing storage", "weights/storage", torchZip(good)],
  ["a storage shorter than its declared length", "weights/storage", torchZip(parts({ length: 2 ** 30 }), data)],
  ["another byte order", "weights/byte-order", torchZip(good, data, "big")],
  ["no tensors", "weights/no-tensors", torchZip(dict({ epoch: int(3) }))],
  ["a legacy file without a state dict", "weights/unknown-format", pickle(int(1))],
  ["a legacy file without its storages", "weights/truncated", torchLegacy(good, data).slice(0, -9)],
  ["a legacy file with an extra storage", "weights/storage", torchLegacy(good, { ...data, 1: floats(1) })],
  [
    "a Git LFS pointer",
    "weights/unknown-format",
    new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"),
  ],
  ["an HTML page", "weights/unknown-format", new TextEncoder().encode("<!DOCTYPE html><title>404</title>")],
];

const index = bundleIndex;

/** Indexes of TensorFlow checkpoints whose data file has 8 bytes, each of which violates the format in a different way. */
export const malformedCheckpoints: readonly Malformed<Uint8Array>[] = [
  ["ten bytes", "weights/tensorflow", new Uint8Array(10)],
  ["a footer without blocks", "weights/tensorflow", index({ a: {} }).slice(-48)],
  [
    "another magic number",
    "weights/tensorflow",
    index({ a: {} }).map((byte, i, all) => (i === all.length - 1 ? 0 : byte)),
  ],
  ["compressed blocks", "weights/tensorflow", index({ a: {} }, { compression: 1 })],
  ["a wrong checksum", "weights/tensorflow", index({ a: {} }, { checksumOff: 1 })],
  ["a block that extends beyond the file", "weights/tensorflow", index({ a: {} }, { sizeOff: 1e6 })],
  ["a block of 2⁵² bytes", "weights/tensorflow", index({ a: {} }, { sizeOff: 2 ** 52 })],
  ["too many restarts", "weights/tensorflow", index({ a: {} }, { restarts: 2 ** 31 })],
  ["a key that shares too much", "weights/tensorflow", index({ a: {} }, { shared: 9 })],
  ["keys out of order", "weights/tensorflow", index({ b: {}, a: {} })],
  ["a key of 10 KB", "weights/tensorflow", index({ ["x".repeat(1e4)]: {} })],
  ["no header", "weights/tensorflow", table([["a", [8, 1]]])],
  ["no data files", "weights/tensorflow", index({ a: {} }, { shards: 0 })],
  ["a million data files", "weights/tensorflow", index({ a: {} }, { shards: 1e6 })],
  ["big-endian numbers", "weights/tensorflow", index({ a: {} }, { endianness: 1 })],
  ["a tensor in a data file that does not exist", "weights/tensorflow", index({ a: { shard: 1 } })],
  ["a shape that does not match the size", "weights/tensorflow", index({ a: { shape: [3] } })],
  ["a shape of 2⁵³ elements", "weights/tensorflow", index({ a: { shape: [2 ** 30, 2 ** 23] } })],
  ["a tensor beyond the data", "weights/truncated", index({ a: { offset: 4 } })],
  ["a tensor of 16 GB", "weights/truncated", index({ a: { shape: [2 ** 32], size: 2 ** 34 } })],
  ["two tensors that share their bytes", "weights/tensorflow", index({ a: {}, b: { offset: 4 } })],
  ["a partitioned tensor", "weights/tensorflow", index({ a: { partitioned: true } })],
  ["objects of TensorFlow 2", "weights/tensorflow", index({ "model/w/.ATTRIBUTES/VARIABLE_VALUE": {} })],
  [
    "a message with an unknown type of field",
    "weights/tensorflow",
    table([
      ["", header()],
      ["a", [11]],
    ]),
  ],
  [
    "a message that ends within a number",
    "weights/truncated",
    table([
      ["", header()],
      ["a", [8, 0x80]],
    ]),
  ],
  [
    "a number of more than 53 bits",
    "weights/tensorflow",
    table([
      ["", header()],
      ["a", [8, ...Array(9).fill(0xff), 1]],
    ]),
  ],
  [
    "a number without an end",
    "weights/tensorflow",
    table([
      ["", header()],
      ["a", [8, ...Array(30).fill(0x80)]],
    ]),
  ],
];
