import { BertieError, concatenate, isJsonString, jsonMembers, quote } from "@bertie/common";
import { duplicateKey, nestingDepth } from "../json-guard.ts";
import {
  byteLength,
  ITEM_SIZE,
  type NamedTensors,
  type WeightDType,
  type WeightTensor,
  weightTensor,
} from "./tensor.ts";

/** Maximum size of the header in bytes, as in the reference implementation (huggingface/safetensors). */
const MAX_HEADER_BYTES = 100_000_000;

/** Maximum nesting depth of an entry. The current format has a depth of 2. */
const MAX_ENTRY_DEPTH = 5;
/** Maximum size of an entry in bytes. An entry contains a dtype, two offsets, and one number per axis. */
const MAX_ENTRY_BYTES = 1 << 14;
/** Maximum number of tensors, because each entry takes memory. A BERT with 1,000 layers has fewer tensors. */
const MAX_TENSORS = 1 << 16;
/** Number of header bytes that are decoded at a time to check for UTF-8. */
const BLOCK_BYTES = 1 << 16;

const DTYPES: Readonly<Record<string, WeightDType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};
const DTYPE_NAMES = new Map(Object.entries(DTYPES).map(([name, dtype]) => [dtype, name]));

/** A tensor's entry in the header. Offsets are in bytes from the end of the header. */
type Entry = {
  readonly name: string;
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
};

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, and the bytes of the tensors without gaps.
 *
 * Validation is as strict as in the reference implementation (https://github.com/huggingface/safetensors), and also
 * rejects duplicate keys. The header is parsed one entry at a time, so that a malicious header takes little more
 * memory than its bytes.
 *
 * @param bytes contents of the file; tensors are views of these bytes
 * @param fileName file name used in error messages
 * @throws BertieError "weights/header-…", "weights/duplicate-key", "weights/bad-metadata", "weights/bad-entry",
 *   "weights/unknown-dtype", "weights/bad-shape", "weights/bad-offsets", "weights/size-mismatch",
 *   "weights/too-many-tensors", "weights/truncated" or "weights/trailing-bytes" if the file is not valid
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readSafetensors } from "@bertie/model";
 *
 * const bytes = await readFile("packages/model/fixtures/tiny-bert/init.safetensors");
 * const tensors = readSafetensors(bytes, "init.safetensors");
 * console.log(tensors.get("classifier.weight")!.toFloat32().length); // 96
 * ```
 */
export function readSafetensors(bytes: Uint8Array, fileName: string): NamedTensors {
  const header = findHeader(bytes, fileName);
  const entries = readEntries(header, fileName);
  const data = bytes.subarray(8 + header.length);
  checkLayout(entries, data.length, fileName);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => {
      const view = data.subarray(begin, end);
      return [name, weightTensor(dtype, shape, () => view)];
    }),
  );
}

function headerError(code: `weights/header-${string}`, fileName: string, problem: string): BertieError {
  const text = `${fileName}: ${problem}. The file is damaged or is not a safetensors file. Download it again.`;
  return new BertieError(code, text);
}

function notJson(fileName: string): BertieError {
  return headerError("weights/header-not-json", fileName, "the header is not a JSON object of tensors");
}

/** Returns the bytes of the header, after checking that they are UTF-8 and start with a brace. */
function findHeader(bytes: Uint8Array, fileName: string): Uint8Array {
  const invalid = (code: `weights/header-${string}`, problem: string) => headerError(code, fileName, problem);
  if (bytes.length < 8) {
    throw invalid("weights/header-truncated", `expected at least 8 bytes for the header length, found ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER_BYTES) {
    throw invalid(
      "weights/header-too-large",
      `expected a header of at most ${MAX_HEADER_BYTES} bytes, found ${length}`,
    );
  }
  if (8 + length > bytes.length) {
    throw invalid("weights/header-truncated", `expected a header of ${length} bytes, found ${bytes.length - 8}`);
  }
  const header = bytes.subarray(8, 8 + length);
  if (!isUtf8(header)) throw invalid("weights/header-not-utf8", "the header is not valid UTF-8");
  if (header[0] !== 0x7b) throw notJson(fileName);
  return header;
}

function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES)
      decoder.decode(bytes.subarray(start, start + BLOCK_BYTES), { stream: true });
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

function readEntries(header: Uint8Array, fileName: string): Entry[] {
  const entries: Entry[] = [];
  try {
    for (const [name, value] of uniqueMembers(header, fileName)) {
      if (name === "__metadata__") checkMetadata(value, fileName);
      else entries.push(readEntry(name, parseEntry(name, value, fileName), fileName));
      if (entries.length > MAX_TENSORS) {
        const text = `${fileName}: expected at most ${MAX_TENSORS} tensors. Check that the file contains the weights of a BERT model.`;
        throw new BertieError("weights/too-many-tensors", text);
      }
    }
  } catch (error) {
    throw error instanceof SyntaxError ? notJson(fileName) : error;
  }
  return entries;
}

/** Yields the members of a JSON object in which every key must be unique. */
function* uniqueMembers(json: Uint8Array, fileName: string): ReturnType<typeof jsonMembers> {
  const keys = new Set<string>();
  for (const member of jsonMembers(json)) {
    if (keys.has(member[0])) throw duplicateKeyError(member[0], fileName);
    keys.add(member[0]);
    yield member;
  }
}

function duplicateKeyError(key: string, fileName: string): BertieError {
  const text = `${fileName}: key ${quote(key)} occurs twice in the header. Save the file again.`;
  return new BertieError("weights/duplicate-key", text);
}

function checkMetadata(json: Uint8Array, fileName: string): void {
  const invalid = () =>
    new BertieError(
      "weights/bad-metadata",
      `${fileName}: expected "__metadata__" to be an object whose values are strings. Save the file again.`,
    );
  if (json[0] !== 0x7b) throw invalid();
  for (const [, value] of uniqueMembers(json, fileName)) if (!isJsonString(value)) throw invalid();
}

/** @throws SyntaxError if the entry is not valid JSON */
function parseEntry(name: string, json: Uint8Array, fileName: string): unknown {
  if (json.length > MAX_ENTRY_BYTES) {
    const problem = `has a header entry of ${json.length} bytes, but at most ${MAX_ENTRY_BYTES} are allowed`;
    throw tensorError("weights/bad-entry", fileName, name, problem);
  }
  const text = new TextDecoder().decode(json);
  if (nestingDepth(text) > MAX_ENTRY_DEPTH) throw notJson(fileName);
  const value: unknown = JSON.parse(text);
  const key = duplicateKey(text);
  if (key !== undefined) throw duplicateKeyError(key, fileName);
  return value;
}

function tensorError(code: `weights/${string}`, fileName: string, name: string, problem: string): BertieError {
  const text = `${fileName}: tensor ${quote(name)} ${problem}. The file is damaged. Download or save it again.`;
  return new BertieError(code, text);
}

function readEntry(name: string, value: unknown, fileName: string): Entry {
  const invalid = (code: `weights/${string}`, problem: string) => tensorError(code, fileName, name, problem);
  if (!isObject(value) || !("dtype" in value && "shape" in value && "data_offsets" in value)) {
    throw invalid("weights/bad-entry", "must have dtype, shape and data_offsets");
  }
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  const dtype = typeof dtypeName === "string" && Object.hasOwn(DTYPES, dtypeName) ? DTYPES[dtypeName] : undefined;
  if (dtype === undefined) {
    const supported = Object.keys(DTYPES).join(", ");
    const text = `${fileName}: tensor ${quote(name)} has dtype ${quote(dtypeName)}, but Bertie supports only ${supported}. Convert the tensor.`;
    throw new BertieError("weights/unknown-dtype", text);
  }
  const byteCount = isNaturals(shape) ? safeProduct(shape, ITEM_SIZE[dtype]) : Number.NaN;
  if (!isNaturals(shape) || !Number.isSafeInteger(byteCount))
    throw invalid("weights/bad-shape", `has the invalid shape ${quote(shape)}`);
  if (!isNaturals(offsets) || offsets.length !== 2)
    throw invalid("weights/bad-offsets", `has the invalid data_offsets ${quote(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== byteCount) {
    throw invalid(
      "weights/size-mismatch",
      `of ${dtypeName} ${quote(shape)} takes ${byteCount} bytes, but its data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Returns the product, or NaN if an intermediate result is not a safe integer, even if a later factor is 0. */
function safeProduct(factors: readonly number[], first: number): number {
  let product = first;
  for (const factor of factors) product = Number.isSafeInteger(product * factor) ? product * factor : Number.NaN;
  return product;
}

/** Checks that the tensors cover all data bytes without gaps or overlaps. */
function checkLayout(entries: readonly Entry[], dataLength: number, fileName: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const problem =
        begin < covered ? "overlaps the previous tensor" : `is preceded by a gap of ${begin - covered} bytes`;
      throw tensorError("weights/bad-offsets", fileName, name, problem);
    }
    covered = end;
  }
  if (covered > dataLength) {
    throw new BertieError(
      "weights/truncated",
      `${fileName}: expected ${covered} bytes of tensor data, found ${dataLength}. Download the file again.`,
    );
  }
  if (covered < dataLength) {
    throw new BertieError(
      "weights/trailing-bytes",
      `${fileName}: ${dataLength - covered} unexpected bytes follow the last tensor. Download the file again.`,
    );
  }
}

/**
 * Returns the header of a safetensors file, with its length, and the names of the tensors in the order of their bytes.
 *
 * Use it to write tensors that are not in memory at the same time. As in the reference implementation, tensors are sorted
 * by item size, largest first, then by name, and the header is padded to a multiple of 8 bytes.
 *
 * @param tensors data types and shapes of the tensors by name
 * @param metadata strings to store in the header; transformers requires `format`
 * @throws BertieError "weights/bad-name" if a tensor is named `__metadata__`
 *
 * @example
 * ```ts
 * import { safetensorsHeader } from "@bertie/model";
 *
 * const { header, names } = safetensorsHeader(
 *   new Map([
 *     ["small", { dtype: "float16", shape: [2] }],
 *     ["wide", { dtype: "float32", shape: [2] }],
 *   ]),
 * );
 * console.log(header.length % 8, names); // 0 ["wide", "small"]
 * ```
 */
export function safetensorsHeader(
  tensors: ReadonlyMap<string, Pick<WeightTensor, "dtype" | "shape">>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): { readonly header: Uint8Array; readonly names: readonly string[] } {
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => ITEM_SIZE[b.dtype] - ITEM_SIZE[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  if (tensors.has("__metadata__")) {
    const text = "a tensor in a safetensors file cannot be named __metadata__. Rename the tensor.";
    throw new BertieError("weights/bad-name", text);
  }
  let offset = 0;
  const entries = sorted.map(([name, tensor]) => {
    const begin = offset;
    offset += byteLength(tensor);
    return [name, { dtype: DTYPE_NAMES.get(tensor.dtype), shape: tensor.shape, data_offsets: [begin, offset] }];
  });
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return { header, names: sorted.map(([name]) => name) };
}

/**
 * Yields the chunks of a safetensors file, which does not have to fit into memory. See {@link safetensorsHeader}.
 *
 * @param tensors tensors by name
 * @param metadata strings to store in the header; transformers requires `format`
 * @throws BertieError "weights/bad-name" if a tensor is named `__metadata__`
 *
 * @example
 * ```ts
 * import { safetensorsChunks, tensorFromFloat32 } from "@bertie/model";
 *
 * const tensors = new Map([["bias", tensorFromFloat32([2], Float32Array.of(1, 2))]]);
 * console.log(Array.from(safetensorsChunks(tensors), (chunk) => chunk.length)); // [96, 8]
 * ```
 */
export function* safetensorsChunks(
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const { header, names } = safetensorsHeader(tensors, metadata);
  yield header;
  for (const name of names) yield tensors.get(name)!.toBytes();
}

/**
 * Returns the bytes of a safetensors file. See {@link safetensorsChunks}.
 *
 * @param tensors tensors by name
 * @param metadata strings to store in the header; transformers requires `format`
 * @throws BertieError "weights/bad-name" if a tensor is named `__metadata__`
 *
 * @example
 * ```ts
 * import { readSafetensors, tensorFromFloat32, writeSafetensors } from "@bertie/model";
 *
 * const bytes = writeSafetensors(new Map([["bias", tensorFromFloat32([2], Float32Array.of(1, 2))]]));
 * console.log(readSafetensors(bytes, "model.safetensors").get("bias")!.toFloat32()); // Float32Array [1, 2]
 * ```
 */
export function writeSafetensors(tensors: NamedTensors, metadata?: Readonly<Record<string, string>>): Uint8Array {
  return concatenate(safetensorsChunks(tensors, metadata));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
