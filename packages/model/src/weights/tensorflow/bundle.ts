import { BertieError, quote } from "@bertie/common";
import { ITEM_SIZE, type NamedTensors, type WeightDType, weightTensor } from "../tensor.ts";
import { messageFields } from "./protobuf.ts";
import { readTable } from "./table.ts";
import { damagedCheckpoint } from "./varint.ts";

/** Data types by their numbers in TensorFlow's types.proto. Entries of other types, such as strings, are skipped. */
const DTYPES: Readonly<Record<number, WeightDType>> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  9: "int64",
  10: "bool",
  14: "bfloat16",
  17: "uint16",
  19: "float16",
  22: "uint32",
  23: "uint64",
};

/** Maximum number of data files. Checkpoints of a BERT have one. */
const MAX_SHARDS = 1000;
/** Maximum number of axes of a tensor in TensorFlow. */
const MAX_AXES = 254;

/** Entry of the index: type, shape and position of a tensor. */
type Entry = {
  readonly name: string;
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
};

/**
 * Reads a checkpoint of TensorFlow 1 ("tensor bundle"): an index, which is a table of protocol buffers by tensor name, and
 * data files. See tensor_bundle.proto of TensorFlow.
 *
 * Data files are read one at a time, and must contain all tensors of the index without overlaps. Tensors are views of the
 * data files. Names and layouts are those of TensorFlow.
 *
 * @param index contents of `NAME.index`
 * @param fileName name of the index in error messages
 * @param readShard reads a data file, whose suffix is given, such as `.data-00000-of-00001`
 * @throws BertieError "weights/tensorflow" or "weights/truncated" if the checkpoint is damaged or not supported
 */
export async function readBundle(
  index: Uint8Array,
  fileName: string,
  readShard: (suffix: string) => Promise<{ readonly name: string; readonly bytes: Uint8Array }>,
): Promise<NamedTensors> {
  const table = readTable(index, fileName);
  const shards = readHeader(table.get(""), fileName);
  const entries = [...table].flatMap(([name, value]) => (name === "" ? [] : (readEntry(name, value, fileName) ?? [])));
  const stray = entries.find(({ shard }) => shard >= shards);
  if (stray)
    throw damagedCheckpoint(fileName, `tensor ${quote(stray.name)} is in data file ${stray.shard} of ${shards}`);
  const digits = (number: number) => String(number).padStart(5, "0");
  const tensors = new Map<string, ReturnType<typeof weightTensor>>();
  for (let shard = 0; shard < shards; shard++) {
    const { name, bytes } = await readShard(`.data-${digits(shard)}-of-${digits(shards)}`);
    const inShard = entries.filter((entry) => entry.shard === shard);
    checkExtents(inShard, bytes.length, name);
    for (const { name, dtype, shape, offset, size } of inShard) {
      const view = bytes.subarray(offset, offset + size);
      tensors.set(
        name,
        weightTensor(dtype, shape, () => view),
      );
    }
  }
  return tensors;
}

/** Returns the number of data files. */
function readHeader(header: Uint8Array | undefined, fileName: string): number {
  if (header === undefined) throw damagedCheckpoint(fileName, "the index has no header");
  let shards = 0;
  for (const [field, value] of messageFields(header, fileName)) {
    if (field === 1 && typeof value === "number") shards = value;
    if (field === 2 && value !== 0) {
      const text = `${fileName}: the checkpoint is big-endian, which is not supported. Save the checkpoint on a little-endian machine.`;
      throw new BertieError("weights/tensorflow", text);
    }
  }
  if (shards >= 1 && shards <= MAX_SHARDS) return shards;
  throw damagedCheckpoint(fileName, `expected 1 to ${MAX_SHARDS} data files, found ${shards}`);
}

/** Reads an entry. Returns undefined for tensors that are not numbers. */
function readEntry(name: string, message: Uint8Array, fileName: string): Entry | undefined {
  if (name.includes("/.ATTRIBUTES/") || name === "_CHECKPOINTABLE_OBJECT_GRAPH") {
    const text = `${fileName}: expected a checkpoint of TensorFlow 1, found a checkpoint of TensorFlow 2 objects. Load the model in Python, and save it with transformers' save_pretrained().`;
    throw new BertieError("weights/tensorflow", text);
  }
  let [dtype, shard, offset, size]: [WeightDType | undefined, number, number, number] = [undefined, 0, 0, 0];
  let shape: readonly number[] = [];
  for (const [field, value] of messageFields(message, fileName)) {
    if (typeof value === "number") {
      if (field === 1) dtype = DTYPES[value];
      if (field === 3) shard = value;
      if (field === 4) offset = value;
      if (field === 5) size = value;
    } else if (field === 2) {
      shape = readShape(value, name, fileName);
    } else if (field === 7) {
      const text = `${fileName}: tensor ${quote(name)} is partitioned, which is not supported. Save the checkpoint without partitioned variables.`;
      throw new BertieError("weights/tensorflow", text);
    }
  }
  if (dtype === undefined) return undefined;
  const expected = shape.reduce((product, length) => product * length, ITEM_SIZE[dtype]);
  if (size === expected) return { name, dtype, shape, shard, offset, size };
  throw damagedCheckpoint(fileName, `tensor ${quote(name)} of ${dtype} ${quote(shape)} has ${size} bytes`);
}

function readShape(message: Uint8Array, name: string, fileName: string): readonly number[] {
  const shape: number[] = [];
  for (const [field, dimension] of messageFields(message, fileName)) {
    if (field !== 2 || typeof dimension === "number") continue;
    let length = 0;
    for (const [key, value] of messageFields(dimension, fileName))
      if (key === 1 && typeof value === "number") length = value;
    shape.push(length);
    if (shape.length > MAX_AXES) throw damagedCheckpoint(fileName, `tensor ${quote(name)} has too many axes`);
  }
  return shape;
}

/** Throws if tensors overlap or exceed the data file. */
function checkExtents(entries: readonly Entry[], length: number, dataName: string): void {
  let covered = 0;
  for (const { name, offset, size } of entries.toSorted((a, b) => a.offset - b.offset || a.size - b.size)) {
    if (offset < covered) throw damagedCheckpoint(dataName, `tensor ${quote(name)} overlaps another tensor`);
    covered = offset + size;
  }
  if (covered <= length) return;
  const text = `${dataName}: expected at least ${covered} bytes, found ${length}. Download the file again.`;
  throw new BertieError("weights/truncated", text);
}
