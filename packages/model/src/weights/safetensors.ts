import { BertieError } from "@bertie/common";
import { duplicateKey, nestingDepth } from "../json-guard.ts";
import { quote } from "../quote.ts";
import { concatenate } from "./concatenate.ts";
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

/** The header, a tensor's entry, its shape; twice that leaves room for keys of the future. */
const DEEPEST_HEADER = 6;

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
 * implementation (https://github.com/huggingface/safetensors), and no key may appear twice.
 *
 * @param fileName for messages
 * @throws BertieError weights/header-…, weights/duplicate-key, weights/bad-metadata, weights/bad-entry,
 *   weights/unknown-dtype, weights/bad-shape, weights/bad-offsets, weights/size-mismatch, weights/truncated,
 *   weights/trailing-bytes
 */
export function readSafetensors(bytes: Uint8Array, fileName: string): NamedTensors {
  const { header, dataStart } = readHeader(bytes, fileName);
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") checkMetadata(value, fileName);
    else entries.push(readEntry(name, value, fileName));
  }
  checkLayout(entries, bytes.length - dataStart, fileName);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => {
      const view = bytes.subarray(dataStart + begin, dataStart + end);
      return [name, weightTensor(dtype, shape, () => view)];
    }),
  );
}

function readHeader(bytes: Uint8Array, fileName: string): { header: Record<string, unknown>; dataStart: number } {
  const fault = (code: `weights/header-${string}`, what: string) =>
    new BertieError(code, `${fileName}: ${what}; the file is damaged or no safetensors file, get it anew`);
  if (bytes.length < 8) throw fault("weights/header-truncated", "shorter than the 8 bytes of a header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > LARGEST_HEADER) {
    throw fault("weights/header-too-large", `header of ${length} bytes, more than the format's ${LARGEST_HEADER}`);
  }
  const dataStart = 8 + length;
  if (dataStart > bytes.length) {
    throw fault("weights/header-truncated", `header of ${length} bytes, but only ${bytes.length - 8} follow`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    throw fault("weights/header-not-utf8", "the header is not UTF-8");
  }
  let header: unknown;
  try {
    header = text.startsWith("{") && nestingDepth(text) <= DEEPEST_HEADER ? JSON.parse(text) : undefined;
  } catch {
    header = undefined;
  }
  if (header === undefined) throw fault("weights/header-not-json", "the header is not a JSON object of tensors");
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw new BertieError(
      "weights/duplicate-key",
      `${fileName}: the header has the key ${quote(twice)} twice; save the file anew`,
    );
  }
  return { header: header as Record<string, unknown>, dataStart };
}

function checkMetadata(value: unknown, fileName: string): void {
  if (isObject(value) && Object.values(value).every((item) => typeof item === "string")) return;
  throw new BertieError(
    "weights/bad-metadata",
    `${fileName}: "__metadata__" must map text to text; save the file anew`,
  );
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
  const byteCount = isNaturals(shape) ? shape.reduce((count, size) => count * size, ITEM_SIZE[dtype]) : Number.NaN;
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
