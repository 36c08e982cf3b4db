import { join } from "node:path";
import { expect } from "vitest";
import { bertie, bertieOk, TINY_MODEL, writeFile } from "./bertie.ts";

// Rows of labels and texts, and commands on files that contain them.

export type Row = readonly [label: string, text: string];
export type Contents = string | Uint8Array;

/** Rows with the labels in turn. */
export const rowsOf = (count: number, labels: readonly string[] = ["good", "bad"], from = 0): Row[] =>
  Array.from({ length: count }, (_, i) => [
    labels[i % labels.length]!,
    `${["很好", "很差"][i % 2]}，${from + i} 酒店 room`,
  ]);
export const train = rowsOf(24);
export const dev = rowsOf(8, ["good", "bad"], 50);

export const tsv = (rows: readonly Row[]) => rows.map((row) => `${row.join("\t")}\n`).join("");
export const csv = (rows: readonly Row[], header = "label,text") =>
  `${[header, ...rows.map(([label, text]) => `"${label}","${text}"`)].join("\n")}\n`;
export const jsonl = (rows: readonly Row[]) =>
  rows.map(([label, text]) => `${JSON.stringify({ text, label })}\n`).join("");
/** Changes the labels of every fourth row. */
export const change = (rows: readonly Row[], to: (label: string) => string): Row[] =>
  rows.map(([label, text], i) => [i % 4 === 0 ? to(label) : label, text]);
export const relabel = (rows: readonly Row[], labels: Readonly<Record<string, string>>): Row[] =>
  rows.map(([label, text]) => [labels[label]!, text]);

/** Commands on files in a scratch directory. */
export function createOwnData(scratch: string) {
  let paths = 0;
  /** Returns a path that does not exist. */
  const newPath = () => join(scratch, `${paths++}`);

  /** Writes files to a new directory, and returns its path. */
  function directory(files: Readonly<Record<string, Contents>>): string {
    const path = newPath();
    for (const [name, contents] of Object.entries(files)) writeFile(join(path, name), contents);
    return path;
  }

  const task = (files: Readonly<Record<string, Contents>>) => [
    ...["train", "--task-name", "news", "--data-dir", directory({ "dev.tsv": tsv(dev), ...files }), ...TINY_MODEL],
    ...["--do-train", "--do-eval"],
  ];
  const table = (name: string, contents: Contents) => [
    "train",
    join(directory({ [name]: contents }), name),
    ...TINY_MODEL,
  ];

  /** Runs a command up to the check of the data, and returns its output. */
  const accepted = async (command: readonly string[]) => {
    const { stdout, stderr } = await bertieOk([...command, "--dry-run"]);
    return stdout + stderr;
  };

  /** Expects a command to fail with one line before training, and returns the line. */
  async function refused(command: readonly string[]): Promise<string> {
    const output = newPath();
    const { code, stdout, stderr } = await bertie([...command, "--output-dir", output]);
    const lines = stderr.split("\n").filter((line) => line.startsWith("bertie: "));
    expect([code, stdout, lines]).toEqual([2, "", [expect.any(String)]]);
    return lines[0]!;
  }

  return { newPath, directory, task, table, accepted, refused };
}
