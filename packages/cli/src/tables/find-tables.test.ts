import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findTables, findTablesOfSet } from "./find-tables.ts";

function folder(...names: readonly string[]): string {
  const path = mkdtempSync(join(tmpdir(), "bertie-tables-"));
  for (const name of names) writeFileSync(join(path, name), "");
  return path;
}

it("returns files, stdin and files with unusual characters unchanged", async () => {
  const path = folder("a [1].csv");
  const files = [join(path, "a [1].csv"), "-"];
  expect(await findTables(files)).toEqual({ train: files, evaluation: [], test: [], notes: [] });
});

it("expands patterns, sorted", async () => {
  const path = folder("b.csv", "a.csv", "c.tsv");
  const { train } = await findTables([`${path}/*.csv`]);
  expect(train).toEqual([join(path, "a.csv"), join(path, "b.csv")]);
});

it.each(["no/such/file.csv", "no/such/*.csv"])("rejects %s, which does not exist", async (path) => {
  await expect(findTables([path])).rejects.toMatchObject({
    code: "input/missing-file",
    message: expect.stringContaining(path),
  });
});

it.each([
  [["train.csv", "dev.csv", "test.csv"], ["train.csv"], ["dev.csv"], ["test.csv"]],
  [["reviews_train.jsonl.gz", "reviews_val.jsonl.gz"], ["reviews_train.jsonl.gz"], ["reviews_val.jsonl.gz"], []],
  [["training.parquet", "validation.parquet", "notes.txt"], ["training.parquet"], ["validation.parquet"], []],
  [["2023.csv", "2024.csv", "readme.md"], ["2023.csv", "2024.csv"], [], []],
  [["constraints.csv"], ["constraints.csv"], [], []],
  [["contest.csv", "evaluations.csv"], ["contest.csv", "evaluations.csv"], [], []],
])("assigns the tables of a directory to sets: %j", async (names, train, evaluation, test) => {
  const path = folder(...names);
  const found = await findTables([path]);
  const expected = [train, evaluation, test].map((set) => set.map((name) => join(path, name)));
  expect([found.train, found.evaluation, found.test]).toEqual(expected);
  expect(found.notes).toEqual([expect.stringContaining(`${path}: train: ${train.join(", ")}`)]);
});

it("names the tables of a directory that are not used", async () => {
  const { notes } = await findTables([folder("train.csv", "other.csv")]);
  expect(notes[0]).toContain("not used: other.csv");
});

it("rejects a directory without tables", async () => {
  const path = folder("readme.md");
  mkdirSync(join(path, "sub"));
  await expect(findTables([path])).rejects.toMatchObject({ code: "input/no-tables" });
});

it("findTablesOfSet() returns all tables of a directory", async () => {
  expect((await findTablesOfSet([folder("train.csv", "dev.csv")])).length).toBe(2);
});
