import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, MAIN, scratchDirectory, TINY, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();

describe("bertie tokenize", () => {
  const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];
  const records = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);

  it("writes ids, tokens and UTF-16 offsets of stdin or of files, one line of JSON per line of text", async () => {
    const text = "很好 Ab\n\n𠀀房\r\n";
    const expected = [
      {
        ids: [2, 77, 75, 5, 32, 3],
        tokens: ["[CLS]", "很", "好", "a", "##b", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 1],
          [1, 2],
          [3, 4],
          [4, 5],
          [0, 0],
        ],
      },
      {
        ids: [2, 3],
        tokens: ["[CLS]", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 0],
        ],
      },
      {
        ids: [2, 1, 87, 3],
        tokens: ["[CLS]", "[UNK]", "房", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 2],
          [2, 3],
          [0, 0],
        ],
      },
    ];
    const fields = ["--tokens", "--offsets"];
    const ids = readFileSync(TINY.vocab, "utf8").trimEnd().split("\n");
    for (const { tokens, ids: expectedIds } of expected) {
      expect(tokens.map((token) => ids.indexOf(token))).toEqual(expectedIds);
    }
    expect(records((await bertieOk([...tokenize, ...fields], { stdin: text })).stdout)).toEqual(expected);
    const files = [writeFile(join(scratch, "a.txt"), text), writeFile(join(scratch, "b.txt"), "好")];
    const { stdout } = await bertieOk([...tokenize, ...fields, ...files]);
    expect(records(stdout).slice(0, 3)).toEqual(expected);
    expect(records(stdout)).toHaveLength(4);
  });

  it("truncates with --max-seq-length, and omits special tokens with --no-special-tokens", async () => {
    const { stdout } = await bertieOk([...tokenize, "--max-seq-length", "3"], { stdin: "很好好\n" });
    expect(stdout).toBe('{"ids":[2,77,3]}\n');
    expect((await bertieOk([...tokenize, "--no_special_tokens"], { stdin: "很好" })).stdout).toBe('{"ids":[77,75]}\n');
  });

  it("--output writes a file only if all records are valid", async () => {
    const output = join(scratch, "ids", "..", "ids.jsonl");
    await bertieOk([...tokenize, "--output", output], { stdin: "好\n好\n" });
    expect(readFileSync(output, "utf8")).toBe('{"ids":[2,75,3]}\n'.repeat(2));
    const failed = await bertie([
      ...tokenize,
      "--output",
      join(scratch, "none.jsonl"),
      "--on-invalid-utf8",
      "fail",
      binary,
    ]);
    expect(failed.stderr).toMatch(/^bertie: .*binary\.txt, line 2: the bytes are not valid UTF-8[^\n]*\n$/);
    expect(failed.code).toBe(2);
    expect(readdirSync(scratch).filter((name) => name.startsWith(".") || name === "none.jsonl")).toEqual([]);
  });

  const binary = writeFile(join(scratch, "binary.txt"), Buffer.from("e5a5bd0a61ff0ae5a5bd0a", "hex"));

  it.each([
    ["replace", 3, /replaced invalid bytes with U\+FFFD in 1 record with invalid UTF-8/],
    ["skip", 2, /skipped 1 record with invalid UTF-8/],
  ])("--on-invalid-utf8 %s writes %i lines", async (choice, lines, warning) => {
    const { stdout, stderr } = await bertieOk([...tokenize, "--on-invalid-utf8", choice, binary]);
    expect(records(stdout)).toHaveLength(lines);
    expect(stderr).toMatch(warning);
  });

  it("answers each line before the next one is written", async () => {
    const child = spawn(process.execPath, [MAIN, ...tokenize]);
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    for (const [text, ids] of [
      ["", "2,3"],
      ["房", "2,87,3"],
    ]) {
      child.stdin.write(`${text}\n`);
      expect((await answers.next()).value).toBe(`{"ids":[${ids}]}`);
    }
    child.stdin.end();
    expect((await answers.next()).done).toBe(true);
  });
});
