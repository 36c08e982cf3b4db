import type { Piece, PieceRow } from "../shards/pieces.ts";
import { isInShard, parseShard, type Shard } from "../shards/shard.ts";
import type { OutputFile } from "../tokenize/staged-files.ts";

export const MERGED_FORMATS = ["jsonl", "parquet", "npy", "bin", "tsv"] as const;

/** An input, as a manifest describes it. */
export interface ManifestInput {
  readonly path: string;
  readonly bytes: number | null;
  /** Range of bytes that the shard read; null if it read the whole input. */
  readonly read: readonly [number, number] | null;
  readonly sha256: string | null;
  /** Hash of samples, by which different inputs are told apart; null for pipes. */
  readonly sample_sha256?: string | null;
}

/** The manifest of a shard's output. */
export interface ShardManifest {
  readonly format: (typeof MERGED_FORMATS)[number];
  readonly dtype: "uint16" | "uint32" | null;
  readonly records: number;
  readonly shard: Shard;
  readonly inputs: readonly ManifestInput[];
  /** Output files; the paths are names in the directory of the manifest. */
  readonly outputs: readonly OutputFile[];
  readonly pieces: readonly Piece[];
  readonly options: Readonly<Record<string, unknown>>;
  /** All contents of the file. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Reads a manifest from JSON.
 *
 * @returns the manifest, "whole" if it describes the output of a whole input, or what is wrong with it
 */
export function parseManifest(text: string): ShardManifest | "whole" | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "the manifest is not valid JSON, so it is damaged. Delete the shard, and run it again." };
  }
  if (!isObject(json) || !("shard" in json) || !Array.isArray(json.outputs))
    return {
      problem:
        "the file is not the manifest of a shard. Name the output files of `bertie tokenize --shard` or `bertie predict --shard`.",
    };
  if (json.shard === null) return "whole";
  const manifest = readManifest(json);
  if (manifest === undefined)
    return {
      problem:
        "the manifest has missing or inconsistent entries, so it is damaged, or from another version of Bertie. Delete the shard, and run it again.",
    };
  return manifest;
}

function readManifest(json: Record<string, unknown>): ShardManifest | undefined {
  const { format, dtype, records, inputs, outputs, pieces, options } = json;
  const shard = readShard(json.shard);
  const known = MERGED_FORMATS.find((name) => name === format);
  if (shard === undefined || known === undefined || !isCount(records)) return undefined;
  if (dtype !== null && dtype !== "uint16" && dtype !== "uint32") return undefined;
  if (!isListOf(inputs, isInput) || !isListOf(outputs, isOutput) || !isListOf(pieces, isPieceRow)) return undefined;
  if (!isObject(options) || outputs.length !== (known === "bin" || known === "npy" ? 2 : 1)) return undefined;
  const found = pieces.map(([input, block, records, tokens, bytes]) => ({ input, block, records, tokens, bytes }));
  const sum = found.reduce((total, piece) => total + piece.records, 0);
  const isOrdered = found.every((piece, i) => i === 0 || comparePieces(found[i - 1]!, piece) < 0);
  const isOwn = found.every(({ input, block }) => isOwnPiece(inputs[input], block, shard));
  if (sum !== records || !isOrdered || !isOwn) return undefined;
  return { format: known, dtype, records, shard, inputs, outputs, pieces: found, options, json };
}

/** Orders pieces as their records are ordered in the inputs; pieces of one shard only. */
function comparePieces(a: Piece, b: Piece): number {
  return a.input - b.input || (a.block ?? 0) - (b.block ?? 0);
}

function isOwnPiece(input: ManifestInput | undefined, block: number | null, shard: Shard): boolean {
  if (input === undefined || (block === null) !== (input.read !== null)) return false;
  return block === null || isInShard(block, shard);
}

function readShard(value: unknown): Shard | undefined {
  try {
    return typeof value === "string" ? parseShard(value) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isInput(value: unknown): value is ManifestInput {
  if (!isObject(value) || typeof value.path !== "string") return false;
  const { bytes, read, sha256, sample_sha256: sample = null } = value;
  const isRange = Array.isArray(read) && read.length === 2 && read.every(isCount) && read[0]! <= read[1]!;
  return (
    (bytes === null || isCount(bytes)) &&
    (read === null || isRange) &&
    [sha256, sample].every((hash) => isHash(hash, true))
  );
}

/** Outputs are next to their manifest, so that a manifest cannot name other files. */
function isOutput(value: unknown): value is OutputFile {
  if (!isObject(value) || typeof value.path !== "string" || /[/\\\0]/.test(value.path)) return false;
  return isCount(value.bytes) && isHash(value.sha256, false);
}

function isHash(value: unknown, orNull: boolean): boolean {
  return value === null ? orNull : typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isPieceRow(value: unknown): value is PieceRow {
  return (
    Array.isArray(value) && value.length === 5 && value.every((item, i) => (i === 1 && item === null) || isCount(item))
  );
}
