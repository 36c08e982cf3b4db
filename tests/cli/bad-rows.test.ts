import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, newsDirectory, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const good = readFileSync(join(news, "train.tsv"), "utf8");
writeFile(
  join(news, "train.tsv"),
  Buffer.concat([Buffer.from(`no tab\n${good}good\t\0\n\t空\nbad\t`), Buffer.from([0xff, 0x0a])]),
);
writeFile(join(news, "dev.tsv"), `good\t很好\nodd\t不好\n`);
const options = ["--task-name", "news", "--data-dir", news, ...TINY_MODEL, "--engine", "reference"];
const train = ["train", ...options, "--do-train", "--do-eval", "--max-steps", "1", "--output-dir"];

describe("--on-bad-row", () => {
  it("fail, the default, stops at the first bad row and names it", async () => {
    const { code, stderr } = await bertie([...train, join(scratch, "fail")]);
    expect(stderr).toMatch(/^bertie: [^\n]*train\.tsv, line 28, byte 5: the bytes are not valid UTF-8[^\n]*\n$/);
    expect(code).toBe(2);
  });

  it("skip omits bad rows, counts them and reports the error of the first", async () => {
    const { stdout, stderr } = await bertieOk([...train, join(scratch, "skip"), "--on-bad-row", "skip"]);
    const output = stdout + stderr;
    expect(output).toMatch(/train\.tsv: skipped 4 bad rows\. First bad row: [^\n]*train\.tsv, line 28, byte 5: /);
    expect(output).toMatch(
      /dev\.tsv: skipped 1 bad row\. First bad row: [^\n]*dev\.tsv, line 2: label "odd" is not one of the 3/,
    );
    expect(output).toMatch(/Num examples = 24/);
  });

  it("skip fails for a file without a valid row", async () => {
    const empty = newsDirectory(scratch, "empty");
    writeFile(join(empty, "train.tsv"), "a\nb\n");
    const { code, stderr } = await bertie([
      ...train,
      join(scratch, "none"),
      ...["--data-dir", empty, "--on-bad-row", "skip"],
    ]);
    expect(stderr).toMatch(/^bertie: [^\n]*train\.tsv: the file has no usable data rows \(2 skipped\)\. First error: /);
    expect(code).toBe(2);
  });
});
