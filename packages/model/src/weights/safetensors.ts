import { BertieError, concatenate, isJsonString, jsonMembers } from "@bertie/common";
import { duplicateKey, nestingDepth } from "../json-guard.ts";
import { quote } from "../quote.ts";
import {
  byteLength,
  ITEM_SIZE,
  type NamedTensors,
  type WeightDType,
  type WeightTensor,
  weightTensor,
} from "./tensor.ts";

/** The reference implementation's limit (huggingface/safetensors). */
const LARGEST_HEADER = 100_000_000;

/** A tensor's entry and its shape; twice that leaves room for keys of the future. */
const DEEPEST_ENTRY = 5;
/** An entry has a type, two offsets, and a number an axis. */
const LONGEST_ENTRY = 1 << 14;
/** More than a BERT of a thousand layers has; each takes memory beyond its bytes in the file. */
const MOST_TENSORS = 1 << 16;
/** So much of the header is decoded at a time to see whether it is UTF-8. */
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

/** Where a tensor's bytes lie, counted from the end of the header. */
type Entry = {
  readonly name: string;
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
};

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then the tensors' bytes without gaps.
 *
 * The tensors are views of `bytes`. All that the format demands is checked, as strictly as by the reference
 * implementation (https://github.com/huggingface/safetensors), and no key may appear twice. The header is read an entry
 * at a time, so that a hostile one takes no more memory than its bytes.
 *
 * @param fileName for messages
 * @throws BertieError weights/header-…, weights/duplicate-key, weights/bad-metadata, weights/bad-entry,
 *   weights/unknown-dtype, weights/bad-shape, weights/bad-offsets, weights/size-mismatch, weights/too-many-tensors,
 *   weights/truncated, weights/trailing-bytes
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

function headerFault(code: `weights/header-${string}`, fileName: string, what: string): BertieError {
  return new BertieError(code, `${fileName}: ${what}; the file is damaged or no safetensors file, get it anew`);
}

function notJson(fileName: string): BertieError {
  return headerFault("weights/header-not-json", fileName, "the header is not a JSON object of tensors");
}

/** The bytes of the header, which are UTF-8 and begin like an object. */
function findHeader(bytes: Uint8Array, fileName: string): Uint8Array {
  const fault = (code: `weights/header-${string}`, what: string) => headerFault(code, fileName, what);
  if (bytes.length < 8) throw fault("weights/header-truncated", "shorter than the 8 bytes of a header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > LARGEST_HEADER) {
    throw fault("weights/header-too-large", `header of ${length} bytes, more than the format's ${LARGEST_HEADER}`);
  }
  if (8 + length > bytes.length) {
    throw fault("weights/header-truncated", `header of ${length} bytes, but only ${bytes.length - 8} follow`);
  }
  const header = bytes.subarray(8, 8 + length);
  if (!isUtf8(header)) throw fault("weights/header-not-utf8", "the header is not UTF-8");
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
    for (const [name, value] of membersOnce(header, fileName)) {
      if (name === "__metadata__") checkMetadata(value, fileName);
      else entries.push(readEntry(name, parseEntry(name, value, fileName), fileName));
      if (entries.length > MOST_TENSORS) {
        const text = `${fileName}: more than ${MOST_TENSORS} tensors; are these the weights of a BERT?`;
        throw new BertieError("weights/too-many-tensors", text);
      }
    }
  } catch (error) {
    throw error instanceof SyntaxError ? notJson(fileName) : error;
  }
  return entries;
}

function* membersOnce(json: Uint8Array, fileName: string): ReturnType<typeof jsonMembers> {
  const keys = new Set<string>();
  for (const member of jsonMembers(json)) {
    if (keys.has(member[0])) throw twice(member[0], fileName);
    keys.add(member[0]);
    yield member;
  }
}

function twice(key: string, fileName: string): BertieError {
  const text = `${fileName}: the header has the key ${quote(key)} twice; save the file anew`;
  return new BertieError("weights/duplicate-key", text);
}

function checkMetadata(json: Uint8Array, fileName: string): void {
  const fault = () =>
    new BertieError("weights/bad-metadata", `${fileName}: "__metadata__" must map text to text; save the file anew`);
  if (json[0] !== 0x7b) throw fault();
  for (const [, value] of membersOnce(json, fileName)) if (!isJsonString(value)) throw fault();
}

/** @throws SyntaxError where it is no JSON */
function parseEntry(name: string, json: Uint8Array, fileName: string): unknown {
  if (json.length > LONGEST_ENTRY) {
    const text = `${fileName}: tensor ${quote(name)} is described in ${json.length} bytes; the file is damaged, save it anew`;
    throw new BertieError("weights/bad-entry", text);
  }
  const text = new TextDecoder().decode(json);
  if (nestingDepth(text) > DEEPEST_ENTRY) throw notJson(fileName);
  const value: unknown = JSON.parse(text);
  const key = duplicateKey(text);
  if (key !== undefined) throw twice(key, fileName);
  return value;
}

function readEntry(name: string, value: unknown, fileName: string): Entry {
  const fault = (code: `weights/${string}`, what: string) =>
    new BertieError(code, `${fileName}: tensor ${quote(name)} ${what}; the file is damaged, save it anew`);
  if (!isObject(value) || !("dtype" in value && "shape" in value && "data_offsets" in value)) {
    throw fault("weights/bad-entry", "needs dtype, shape and data_offsets");
  }
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  const dtype = typeof dtypeName === "string" && Object.hasOwn(DTYPES, dtypeName) ? DTYPES[dtypeName] : undefined;
  if (dtype === undefined) {
    const known = Object.keys(DTYPES).join(", ");
    throw new BertieError(
      "weights/unknown-dtype",
      `${fileName}: tensor ${quote(name)} has dtype ${quote(dtypeName)}; Bertie reads ${known}`,
    );
  }
  const byteCount = isNaturals(shape) ? safeProduct(shape, ITEM_SIZE[dtype]) : Number.NaN;
  if (!isNaturals(shape) || !Number.isSafeInteger(byteCount))
    throw fault("weights/bad-shape", `has no possible shape: ${quote(shape)}`);
  if (!isNaturals(offsets) || offsets.length !== 2)
    throw fault("weights/bad-offsets", `has no possible data_offsets: ${quote(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== byteCount) {
    throw fault(
      "weights/size-mismatch",
      `of ${dtypeName} ${quote(shape)} takes ${byteCount} bytes, but data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** NaN where a factor goes beyond what a number holds exactly, even if a later one is 0. */
function safeProduct(factors: readonly number[], first: number): number {
  let product = first;
  for (const factor of factors) product = Number.isSafeInteger(product * factor) ? product * factor : Number.NaN;
  return product;
}

/** Tensors must cover the data from its first byte to its last, without holes and without overlaps. */
function checkLayout(entries: readonly Entry[], dataLength: number, fileName: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const what =
        begin < covered ? "overlaps the tensor before it" : `leaves a hole of ${begin - covered} bytes before it`;
      throw new BertieError(
        "weights/bad-offsets",
        `${fileName}: tensor ${quote(name)} ${what}; the file is damaged, save it anew`,
      );
    }
    covered = end;
  }
  if (covered > dataLength) {
    throw new BertieError(
      "weights/truncated",
      `${fileName}: ends ${covered - dataLength} bytes early; get the file anew`,
    );
  }
  if (covered < dataLength) {
    throw new BertieError(
      "weights/trailing-bytes",
      `${fileName}: ${dataLength - covered} bytes follow the last tensor; get the file anew`,
    );
  }
}

/**
 * The beginning of a safetensors file, and the names of the tensors whose bytes follow it, in their order: for who has
 * them one at a time.
 *
 * Laid out as by the reference implementation: wider types first, then by name; the header padded to 8 bytes.
 *
 * @param metadata transformers asks for a `format`
 */
export function safetensorsHeader(
  tensors: ReadonlyMap<string, Pick<WeightTensor, "dtype" | "shape">>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): { readonly header: Uint8Array; readonly names: readonly string[] } {
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => ITEM_SIZE[b.dtype] - ITEM_SIZE[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  if (tensors.has("__metadata__")) {
    throw new BertieError("weights/bad-name", "a tensor in safetensors cannot be called __metadata__; rename it");
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

/** A safetensors file, piece by piece, to be written without holding all of it in memory; see {@link safetensorsHeader}. */
export function* safetensorsChunks(
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const { header, names } = safetensorsHeader(tensors, metadata);
  yield header;
  for (const name of names) yield tensors.get(name)!.toBytes();
}

/** A safetensors file with the tensors, whole; see {@link safetensorsChunks}. */
export function writeSafetensors(tensors: NamedTensors, metadata?: Readonly<Record<string, string>>): Uint8Array {
  return concatenate(safetensorsChunks(tensors, metadata));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
