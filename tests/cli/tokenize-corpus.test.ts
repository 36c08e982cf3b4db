import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, scratchDirectory, TINY, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];

// Several blocks of short and long lines.
const lines = Array.from(
  { length: 60_000 },
  (_, i) => `${i % 3 ? "很好，酒店" : "room"}${i % 7} ${"好".repeat(i % 50)}`,
);
const text = `${lines.join("\n")}\n`;
const corpus = writeFile(join(scratch, "corpus.txt"), text);
const gzipped = writeFile(join(scratch, "corpus.txt.gz"), gzipSync(text));

/** Tokenizes into a file, and returns the file, its index and its manifest. */
async function tokenizeTo(name: string, args: readonly string[], stdin?: string) {
  const path = join(scratch, "out", name);
  await bertieOk([...tokenize, ...args, "--output", path], { ...(stdin !== undefined && { stdin }) });
  return {
    bytes: readFileSync(path),
    index: () => readFileSync(path.replace(/\.\w+$/, ".idx.npy")),
    manifest: JSON.parse(readFileSync(`${path}.manifest.json`, "utf8")) as Manifest,
  };
}

interface Manifest {
  readonly [key: string]: unknown;
  readonly inputs: readonly { readonly path: string; readonly read: unknown; readonly sha256: string | null }[];
  readonly outputs: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Returns the data of a NumPy array, without its header. */
const array = (npy: Buffer) => npy.subarray(10 + npy.readUInt16LE(8));

function rowsOf(ids: Uint8Array, index: Uint8Array): number[][] {
  const flat = new Uint16Array(Uint8Array.from(ids).buffer);
  const offsets = Array.from(new BigUint64Array(Uint8Array.from(index).buffer), Number);
  return offsets.slice(1).map((end, row) => Array.from(flat.subarray(offsets[row], end)));
}

const { stdout: expected } = await bertieOk([...tokenize, corpus]);
const expectedRows = expected
  .trimEnd()
  .split("\n")
  .map((line) => (JSON.parse(line) as { ids: number[] }).ids);

describe("bertie tokenize into files", () => {
  it("writes flat ids with an index, and a manifest with counts and hashes", async () => {
    const { bytes, index, manifest } = await tokenizeTo("a.bin", [corpus, gzipped, "--hash-inputs"]);
    expect(rowsOf(bytes, array(index()))).toEqual([...expectedRows, ...expectedRows]);
    expect(manifest).toMatchObject({
      format: "bin",
      dtype: "uint16",
      records: 120_000,
      tokens: bytes.length / 2,
      text_bytes: 2 * Buffer.byteLength(text),
      invalid_records: 0,
      shard: null,
      options: { do_lower_case: true, max_seq_length: null },
    });
    expect(manifest.inputs.map(({ path, sha256 }) => [path, sha256])).toEqual([
      [corpus, sha256(readFileSync(corpus))],
      [gzipped, sha256(readFileSync(gzipped))],
    ]);
    expect(manifest.outputs).toEqual([
      { path: "a.bin", bytes: bytes.length, sha256: sha256(bytes) },
      { path: "a.idx.npy", bytes: index().length, sha256: sha256(index()) },
    ]);
  });

  it("writes NumPy arrays and Parquet files", async () => {
    const npy = await tokenizeTo("b.npy", [corpus]);
    const header = npy.bytes.subarray(0, 128).toString("latin1");
    expect(header).toContain(`{'descr': '<u2', 'fortran_order': False, 'shape': (${expectedRows.flat().length},), }`);
    expect(rowsOf(array(npy.bytes), array(npy.index()))).toEqual(expectedRows);
    expect(npy.manifest.outputs[0]).toMatchObject({ sha256: sha256(npy.bytes) });
    expect(npy.manifest.inputs[0]).toMatchObject({ bytes: Buffer.byteLength(text), sha256: null });
    const parquet = await tokenizeTo("b.parquet", [corpus, "--threads", "2"]);
    const rows = await parquetReadObjects({ file: Uint8Array.from(parquet.bytes).buffer });
    expect(rows.map(({ input_ids }) => input_ids)).toEqual(expectedRows);
  });

  it.each(["bin", "npy", "parquet", "jsonl"])(
    "writes the same %s file with several threads, and from compressed files and pipes",
    async (format) => {
      const one = await tokenizeTo(`one-${format}.${format}`, [corpus, "--hash-inputs"]);
      const three = await tokenizeTo(`three-${format}.${format}`, [corpus, "--threads", "3", "--hash-inputs"]);
      const fromGzip = await tokenizeTo(`gzip-${format}.${format}`, [gzipped, "--threads", "3", "--hash-inputs"]);
      const fromPipe = await tokenizeTo(`pipe-${format}.${format}`, ["-", "--threads", "2", "--hash-inputs"], text);
      for (const other of [three, fromGzip, fromPipe]) {
        expect(other.bytes.equals(one.bytes)).toBe(true);
        expect(other.manifest.outputs.map((output) => output.sha256)).toEqual(
          one.manifest.outputs.map((output) => output.sha256),
        );
      }
      expect(three.manifest.inputs).toEqual(one.manifest.inputs);
      expect(fromGzip.manifest.inputs[0]?.sha256).toBe(sha256(readFileSync(gzipped)));
      expect(fromPipe.manifest.inputs[0]).toEqual({
        path: "stdin",
        bytes: null,
        read: null,
        sha256: sha256(Buffer.from(text)),
        sample_sha256: null,
      });
    },
  );

  it("writes shards that concatenate to the complete output, with their numbers as file names", async () => {
    const directory = `${join(scratch, "shards")}/`;
    for (const shard of ["1/3", "2/3", "3/3"])
      await bertieOk([
        ...tokenize,
        corpus,
        "--shard",
        shard,
        "--hash-inputs",
        "--format",
        "jsonl",
        "--output",
        directory,
      ]);
    const names = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));
    expect(names).toEqual([1, 2, 3].map((i) => `tokens-0000${i}-of-00003.jsonl`));
    expect(names.map((name) => readFileSync(join(directory, name), "utf8")).join("")).toBe(expected);
    const read = names.map(
      (name) => JSON.parse(readFileSync(join(directory, `${name}.manifest.json`), "utf8")) as Manifest,
    );
    const size = Buffer.byteLength(text);
    const boundaries = [0, Math.floor(size / 3), Math.floor((2 * size) / 3), size];
    expect(read.map(({ inputs }) => inputs[0]!.read)).toEqual([0, 1, 2].map((i) => boundaries.slice(i, i + 2)));
    expect(read[1]!.inputs[0]!.sha256).toBe(sha256(readFileSync(corpus).subarray(boundaries[1], boundaries[2])));
  });

  it("assigns the blocks of compressed files to shards round-robin", async () => {
    const parts = await Promise.all([1, 2].map((i) => bertieOk([...tokenize, gzipped, "--shard", `${i}/2`])));
    const all = parts.flatMap(({ stdout }) => stdout.trimEnd().split("\n"));
    expect(all.sort()).toEqual(expected.trimEnd().split("\n").sort());
    expect(parts.every(({ stdout }) => stdout.length > 0.3 * expected.length)).toBe(true);
  });
});

describe("bertie tokenize with fields", () => {
  const csv = writeFile(join(scratch, "f.csv"), 'id,text,other\n1,"很\n好",房\n2,好,""\n');
  const pairs = ["--input-format", "csv", "--pair-field", "other"];

  it("writes pairs with type ids, and truncates the longer text first", async () => {
    const { stdout } = await bertieOk([...tokenize, csv, ...pairs, "--max-seq-length", "5", "--threads", "2"]);
    expect(stdout).toBe('{"ids":[2,77,3,87,3],"type_ids":[0,0,0,1,1]}\n{"ids":[2,75,3,3],"type_ids":[0,0,0,1]}\n');
    const { bytes } = await tokenizeTo("pairs.parquet", [csv, ...pairs]);
    expect(await parquetReadObjects({ file: Uint8Array.from(bytes).buffer })).toEqual([
      { input_ids: [2, 77, 75, 3, 87, 3], token_type_ids: [0, 0, 0, 0, 1, 1] },
      { input_ids: [2, 75, 3, 3], token_type_ids: [0, 0, 0, 1] },
    ]);
  });

  const short = writeFile(join(scratch, "short.tsv"), `text\tother\n${"好\t房\n".repeat(300_000)}好\n`);
  const missingKey = writeFile(join(scratch, "none.jsonl"), '{"text":"好"}\n{"texts":"好"}\n');
  const truncated = writeFile(join(scratch, "cut.gz"), gzipSync(text).subarray(0, 1000));

  it.each([
    [
      "a short row",
      [short, "--input-format", "tsv", "--field", "other"],
      /short\.tsv, line 300002: expected at least 2 columns/,
    ],
    [
      "a short row, with threads",
      [short, "--input-format", "tsv", "--field", "other", "--threads", "2"],
      /short\.tsv, line 300002: /,
    ],
    [
      "a short row, in a shard",
      [short, "--input-format", "tsv", "--field", "other", "--shard", "2/2"],
      /short\.tsv, line 300002: /,
    ],
    [
      "an unknown column",
      [csv, "--input-format", "csv", "--field", "txt"],
      /f\.csv, line 1: no column is named "txt"\. Set .* to one of "id"/,
    ],
    ["a missing key", [missingKey, "--input-format", "jsonl"], /none\.jsonl, line 2: key "text" is missing/],
    ["a truncated gzip file", [truncated], /cut\.gz: cannot be decompressed as gzip/],
    ["--field with lines", [corpus, "--field", "text"], /--field and --pair-field require an input format with fields/],
    [
      "a length below the number of special tokens",
      [csv, ...pairs, "--max-seq-length", "2"],
      /--max-seq-length is 2, but must be 3 or more/,
    ],
    [
      "--tokens with a flat file",
      [corpus, "--format", "bin", "--tokens"],
      /--tokens and --offsets are not supported with --format bin/,
    ],
    ["a shard beyond the last", [corpus, "--shard", "3/2"], /--shard is "3\/2": expected I\/N/],
    [
      "a file as output directory",
      [corpus, "--output", join(corpus, "a.bin")],
      /a\.bin: the output file cannot be written/,
    ],
  ])("fails with exit code 2 and one line, and leaves no files, for %s", async (_, args, message) => {
    const before = readdirSync(scratch);
    const output = args.includes("--output") ? [] : ["--output", join(scratch, "failed", "a.jsonl")];
    const { code, stdout, stderr } = await bertie([...tokenize, ...output, ...args]);
    expect(stderr).toMatch(/^bertie: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, ""]);
    expect(readdirSync(scratch)).toEqual(before);
  });

  it("requires --output for binary formats", async () => {
    const { code, stderr } = await bertie([...tokenize, corpus, "--format", "npy"]);
    expect([code, stderr]).toEqual([2, "bertie: --format npy cannot be written to stdout. Add --output FILE.\n"]);
  });
});
