import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, ROOT, readLines, scratchDirectory, writeFile } from "./bertie.ts";

vi.setConfig({ testTimeout: 60_000 });

const scratch = scratchDirectory();
const inScratch = (name: string) => join(scratch, name);
const fixtures = join(ROOT, "packages/classifier/fixtures/sentence-encoders");
const expected = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8")) as {
  readonly texts: readonly string[];
  readonly tiny: Readonly<Record<string, Readonly<Record<string, number[][]>>>>;
};
const { texts, tiny } = expected;
const lines = writeFile(inScratch("texts.txt"), `${texts.join("\n")}\n`);
writeFile(inScratch("old.npy"), "old\n");
const model = (name: string) => ["--model", join(fixtures, name)];

interface Row {
  readonly id?: string;
  readonly text: string;
  readonly embedding: number[];
}

const rowsOf = (output: string) =>
  output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);

/** Reads a NumPy array of two dimensions. */
function readNpy(path: string) {
  const bytes = readFileSync(path);
  const shape = /'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/.exec(
    bytes.toString("latin1", 0, 128),
  )!;
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
  expect(values).toHaveLength(rows * columns);
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
}

function expectClose(actual: readonly (readonly number[])[], rows: readonly (readonly number[])[]) {
  expect(actual.map(({ length }) => length)).toEqual(rows.map(({ length }) => length));
  const differences = actual.flatMap((row, i) => row.map((value, j) => Math.abs(value - rows[i]![j]!)));
  expect(Math.max(...differences)).toBeLessThan(1e-5);
}

describe("bertie embed", () => {
  it("writes JSON lines to stdout, and says which pooling it used", async () => {
    const { stdout, stderr } = await bertieOk(["embed", ...model("dense")], { stdin: texts.join("\n") });
    expect(rowsOf(stdout).map(({ text }) => text)).toEqual(texts);
    expectClose(
      rowsOf(stdout).map(({ embedding }) => embedding),
      tiny.dense!.default!,
    );
    expect(stderr).toContain(
      `pooling mean (${join(fixtures, "dense/1_Pooling/config.json")})\n6 embeddings of 6 dimensions\n`,
    );
  });

  it("writes a NumPy matrix", async () => {
    const output = inScratch("new/array.npy");
    const { stdout, stderr } = await bertieOk(["embed", lines, ...model("subfolder"), "--output", output]);
    expect(stdout).toBe("");
    expect(stderr).toContain(`6 normalized embeddings of 16 dimensions in ${output}\n`);
    expectClose(readNpy(output), tiny.subfolder!.default!);
    expect(readdirSync(inScratch("new"))).toEqual(["array.npy"]);
  });

  it("writes Parquet with the ids and the texts of tables", async () => {
    const table = texts.map((text, i) => JSON.stringify({ review: `${text} `, key: `r${i}` })).join("\n");
    const input = writeFile(inScratch("table.jsonl"), table);
    const output = inScratch("table.parquet");
    const columns = ["--text-column", "review", "--id-column", "key", "--on-bad-row", "skip"];
    await bertieOk(["embed", input, ...columns, ...model("mean"), "--output", output]);
    const rows = (await parquetReadObjects({ file: await asyncBufferFromFile(output) })) as Row[];
    expect(rows.map(({ id }) => id)).toEqual(texts.map((_, i) => `r${i}`));
    expectClose(
      rows.map(({ embedding }) => embedding),
      tiny.mean!.default!,
    );
  });

  it("applies prompts, normalization, truncation and another pooling", async () => {
    const embed = async (...args: string[]) => {
      const { stdout } = await bertieOk(["embed", lines, ...args]);
      return rowsOf(stdout).map(({ embedding }) => embedding);
    };
    expectClose(await embed(...model("prompt"), "--prompt-name", "query"), tiny.prompt!.query!);
    expectClose(await embed(...model("prompt"), "--prompt", "very good "), tiny.prompt!.prompt!);
    expectClose(await embed(...model("truncated"), "--normalize", "--truncate-dim", "5"), tiny.truncated!.normalized!);
    const [row] = await embed(...model("subfolder"), "--no-normalize", "--pooling", "mean", "--pooling", "cls");
    expect(row).toHaveLength(32);
    expect(Math.hypot(...row!)).toBeGreaterThan(1.1);
  });

  it("embeds a long stream in order", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => texts[(i * 7) % 6]!);
    const output = inScratch("many.parquet");
    await bertieOk(["embed", ...model("cls"), "--output", output], { stdin: `${many.join("\n")}\n` });
    const rows = (await parquetReadObjects({ file: await asyncBufferFromFile(output) })) as Row[];
    expect(rows.map(({ text }) => text)).toEqual(many);
    expectClose(
      rows.map(({ embedding }) => embedding),
      many.map((text) => tiny.cls!.default![texts.indexOf(text)]!),
    );
  });

  it.each([
    ["no model", [lines], "no model: add --model DIR."],
    [
      "an extension of no format",
      [lines, ...model("cls"), "--output", inScratch("x.txt")],
      "expected the extension .npy, .parquet or .jsonl",
    ],
    ["NumPy to stdout", [lines, ...model("cls"), "--format", "npy"], "--format npy cannot be written to stdout"],
    ["an unknown pooling", [lines, ...model("cls"), "--pooling", "first"], 'is "first": expected cls, max'],
    [
      "an unknown prompt",
      [lines, ...model("prompt"), "--prompt-name", "title"],
      "expected one of document, passage, query",
    ],
    [
      "too many dimensions",
      [lines, ...model("cls"), "--truncate-dim", "17", "--output", inScratch("x.npy")],
      "expected at most 16",
    ],
    ["too many tokens", [lines, ...model("cls"), "--max-seq-length", "25"], "the model has 24 positions"],
    [
      "a pooling that a Dense module does not fit",
      [lines, ...model("dense"), "--pooling", "mean", "--pooling", "cls"],
      "the Dense module has 16 inputs",
    ],
    ["an existing file", [lines, ...model("cls"), "--output", inScratch("old.npy")], "already exists"],
    [
      "no texts",
      [writeFile(inScratch("empty.txt"), ""), ...model("cls"), "--output", inScratch("x.npy")],
      "no texts to embed",
    ],
  ])("rejects %s", async (_, args, message) => {
    const { code, stdout, stderr } = await bertie(["embed", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: /);
    expect(existsSync(inScratch("x.npy"))).toBe(false);
    expect(readLines(inScratch("old.npy"))).toEqual(["old"]);
  });
});
