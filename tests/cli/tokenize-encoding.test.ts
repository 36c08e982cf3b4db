import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { bertie, bertieOk, ROOT, scratchDirectory, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const inScratch = (name: string) => join(scratch, name);
const tokenize = ["tokenize", "--model", join(ROOT, "examples/models/bge-small-zh-v1.5")];

/** Bytes by character of ASCII and of the pairs of bytes of GB 2312. */
const gbCodes = new Map(Array.from({ length: 128 }, (_, code) => [String.fromCharCode(code), [code]]));
const decoder = new TextDecoder("gb18030");
for (let first = 0xa1; first < 0xf8; first++)
  for (let second = 0xa1; second < 0xff; second++) {
    const bytes = [first, second];
    gbCodes.set(decoder.decode(Uint8Array.from(bytes)), bytes);
  }

const reviews = readFileSync(join(ROOT, "examples/data/reviews/train.tsv"), "utf8")
  .split("\n")
  .slice(0, 400)
  .map((row) => row.split("\t")[1] ?? "");
const lines = reviews.map((text) => Array.from(text, (each) => (gbCodes.has(each) ? each : "。")).join(""));
const text = `${lines.join("\n")}\n`;

const gb18030 = (content: string) => Buffer.from(Array.from(content).flatMap((each) => gbCodes.get(each)!));
const utf16 = (content: string, mark = "\ufeff") => Buffer.from(mark + content, "utf16le");

let expected = "";
const gbk = inScratch("gbk.txt");
beforeAll(async () => {
  writeFile(gbk, gb18030(text));
  expected = (await bertieOk([...tokenize, writeFile(inScratch("utf8.txt"), text)])).stdout;
  expect(expected.split("\n")).toHaveLength(lines.length + 1);
});

describe("bertie tokenize of a text that is not UTF-8", () => {
  it.each([
    ["a file", () => [gbk], undefined],
    ["a short file", () => [writeFile(inScratch("short.txt"), gb18030("很好\n房间很干净\n"))], undefined],
    ["a compressed file", () => [writeFile(inScratch("gbk.txt.gz"), gzipSync(gb18030(text)))], undefined],
    ["a file on two threads", () => [gbk, "--threads", "2"], undefined],
    ["stdin", () => [], gb18030(text)],
  ])("fails for %s, and names the encoding and the option", async (_, args, stdin) => {
    const { code, stdout, stderr } = await bertie([...tokenize, ...args()], { ...(stdin && { stdin }) });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^bertie: (stdin|.*\.(txt|gz)): the text is not valid UTF-8\. .*--encoding gb18030.*\n$/);
  });

  it("writes no output file", async () => {
    const output = inScratch("none.jsonl");
    expect((await bertie([...tokenize, gbk, "--output", output])).code).toBe(2);
    expect(() => readFileSync(output)).toThrow("ENOENT");
  });

  it("names other encodings", async () => {
    const french = "Le café était très agréable, la chambre était à côté de la forêt.\n".repeat(20);
    const file = writeFile(inScratch("latin1.txt"), Buffer.from(french, "latin1"));
    const { code, stderr } = await bertie([...tokenize, file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--encoding windows-1252")]);
  });

  it("reads UTF-16 without a byte order mark if its NUL bytes show it", async () => {
    const content = "很好 ok\n".repeat(50);
    const { stdout } = await bertieOk([
      ...tokenize,
      writeFile(inScratch("plain16.txt"), Buffer.from(content, "utf16le")),
    ]);
    expect(stdout).toBe((await bertieOk(tokenize, { stdin: content })).stdout);
  });

  it("replaces everything if --on-invalid-utf8 asks for it", async () => {
    const { stdout, stderr } = await bertieOk([...tokenize, gbk, "--on-invalid-utf8", "replace"]);
    expect(stdout.split("\n")).toHaveLength(lines.length + 1);
    expect(stderr).toMatch(/replaced invalid bytes with U\+FFFD in \d+ records with invalid UTF-8/);
  });

  it("accepts a few invalid bytes in UTF-8, as before", async () => {
    for (const broken of [
      Buffer.concat([Buffer.from("very good\n"), Buffer.of(0xff), Buffer.from("\nbad\n")]),
      Buffer.concat([Buffer.from(text), Buffer.of(0xff, 0xfe, 0x0a, 0xe4, 0x0a), Buffer.from(text)]),
    ]) {
      const { stderr } = await bertieOk([...tokenize, writeFile(inScratch("broken.txt"), broken)]);
      expect(stderr).toMatch(/^warning: replaced invalid bytes with U\+FFFD in [12] records? with invalid UTF-8\n$/);
    }
  });
});

describe("bertie tokenize --encoding", () => {
  it.each([["gb18030"], ["GBK"], ["gb2312"], ["cp936"]])(
    "%s reads a file, a compressed file and stdin",
    async (name) => {
      const compressed = writeFile(inScratch("again.gz"), gzipSync(gb18030(text)));
      for (const [args, stdin] of [[[gbk]], [[gbk, "--threads", "2"]], [[compressed]], [[], gb18030(text)]] as const) {
        const outcome = await bertieOk([...tokenize, ...args, "--encoding", name], { ...(stdin && { stdin }) });
        expect(outcome.stdout === expected).toBe(true);
        expect(outcome.stderr).toBe("");
      }
    },
  );

  it("reads tables, shards and large files in all blocks", async () => {
    const rows = Array.from({ length: 80 }, () => text).join("");
    const large = writeFile(inScratch("large.tsv"), gb18030(`text\n${rows}`));
    expect(readFileSync(large).length).toBeGreaterThan(2 ** 21);
    const args = ["--input-format", "tsv", "--encoding", "gb18030"];
    const whole = await bertieOk([...tokenize, large, ...args]);
    expect(whole.stdout === expected.repeat(80)).toBe(true);
    const threads = await bertieOk([...tokenize, large, ...args, "--threads", "2"]);
    expect(threads.stdout === whole.stdout).toBe(true);
    const shards = await Promise.all(
      ["1/2", "2/2"].map((shard) => bertieOk([...tokenize, large, ...args, "--shard", shard])),
    );
    const records = (output: string) => output.split("\n").sort().filter(Boolean);
    expect(shards.flatMap(({ stdout }) => records(stdout)).sort()).toEqual(records(whole.stdout));
  });

  it("handles bytes that are invalid in the encoding as --on-invalid-utf8 says", async () => {
    const file = writeFile(
      inScratch("bad.txt"),
      Buffer.concat([gb18030("很好\n"), Buffer.of(0xff), gb18030("\n很差\n")]),
    );
    const args = [...tokenize, file, "--encoding", "gb18030"];
    const replaced = await bertieOk(args);
    expect(replaced.stderr).toBe("warning: replaced invalid bytes with U+FFFD in 1 record with invalid gb18030\n");
    expect(replaced.stdout.trimEnd().split("\n")).toHaveLength(3);
    const skipped = await bertieOk([...args, "--on-invalid-utf8", "skip"]);
    expect(skipped.stdout.trimEnd().split("\n")).toHaveLength(2);
    const failed = await bertie([...args, "--on-invalid-utf8", "fail"]);
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("bad.txt, line 2")]);
  });

  it("is not needed for UTF-16 with a byte order mark, which is announced", async () => {
    const big = utf16(text).swap16();
    for (const [name, bytes] of [
      ["le", utf16(text)],
      ["be", big],
    ] as const) {
      const file = writeFile(inScratch(`utf16${name}.txt`), bytes);
      const read = await bertieOk([...tokenize, file]);
      expect(read.stdout === expected).toBe(true);
      expect(read.stderr).toBe(`${file}: read as UTF-16${name.toUpperCase()}\n`);
      const piped = await bertieOk(tokenize, { stdin: bytes });
      expect([piped.stdout === expected, piped.stderr]).toEqual([true, `stdin: read as UTF-16${name.toUpperCase()}\n`]);
    }
  });

  it("rejects unknown names", async () => {
    const { code, stderr } = await bertie([...tokenize, gbk, "--encoding", "gb18031"]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/unknown encoding "gb18031"\. Did you mean gb18030\?/)]);
  });
});
