import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createProgram } from "../program.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const vocab = fileURLToPath(new URL("../../../../tests/cli/fixtures/vocab.txt", import.meta.url));
const base = mkdtempSync(join(tmpdir(), "bertie-merge-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const at = (...names: string[]) => join(base, ...names);
const linesOf = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => "很好 room，差 ".repeat((i * seed) % 37).slice(0, (i * 7) % 151)).join("\n");

const plain = at("plain.txt");
const compressed = at("compressed.txt.gz");
const inputs = [plain, compressed];
writeFileSync(plain, `${linesOf(40_000, 5)}\n`);
// Blocks of 1 MiB: some are inside of one line, which is longer than a block.
writeFileSync(compressed, gzipSync(`${linesOf(9000, 3)}\n${"好".repeat(1_300_000)}\n${linesOf(9000, 11)}`));

/** Runs a command in this process, and returns what it writes to stderr. */
async function run(...args: string[]): Promise<string> {
  let log = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    log += String(text);
    return true;
  });
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    log += `${(error as { code?: string }).code}: ${(error as Error).message}\n`;
  }
  return log;
}

const tokenize = (...args: string[]) => run("tokenize", ...inputs, "--vocab-file", vocab, "--do-lower-case", ...args);

async function tokenizeShards(directory: string, count: number, ...args: string[]): Promise<void> {
  for (let i = 1; i <= count; i++) await tokenize("--shard", `${i}/${count}`, "--output", `${directory}/`, ...args);
}

const manifestOf = (path: string) =>
  JSON.parse(readFileSync(`${path}.manifest.json`, "utf8")) as Record<string, unknown>;
const withoutTimes = (path: string) => ({ ...manifestOf(path), seconds: 0 });

describe("bertie merge", () => {
  it.each([
    ["jsonl", []],
    ["bin", ["--hash-inputs"]],
    ["npy", []],
    ["parquet", ["--hash-inputs", "--max-seq-length", "64"]],
  ])("writes the files and the manifest of a run without shards as %s", async (format, options) => {
    const whole = at(`whole-${format}`, `corpus.${format}`);
    await tokenize("--output", whole, ...options);
    await tokenizeShards(at(`shards-${format}`), 3, "--format", format, ...options);
    const merged = at(`merged-${format}`, `corpus.${format}`);
    expect(await run("merge", at(`shards-${format}`), "--output", merged)).toMatch(
      /^merged 3 shards with 58001 records to /,
    );
    const names = readdirSync(at(`whole-${format}`));
    expect(readdirSync(at(`merged-${format}`))).toEqual(names);
    for (const name of names.filter((each) => !each.endsWith(".json")))
      expect(readFileSync(at(`merged-${format}`, name)).equals(readFileSync(at(`whole-${format}`, name)))).toBe(true);
    expect(withoutTimes(merged)).toEqual(withoutTimes(whole));
  });

  it("recognizes pipes by their contents", async () => {
    const pipe = at("pipe");
    execFileSync("mkfifo", [pipe]);
    const shard = (i: number, text: string) => {
      const writer = spawn("sh", ["-c", 'printf "%s" "$1" > "$2"', "sh", text, pipe]);
      const args = ["--shard", `${i}/2`, "--output", `${at("piped")}/`];
      return Promise.all([run("tokenize", pipe, "--vocab-file", vocab, ...args), once(writer, "close")]);
    };
    for (const i of [1, 2]) await shard(i, "好\n差\n");
    expect(await run("merge", at("piped"), "--output", at("piped.jsonl"))).toContain("merged 2 shards with 2 records");
    expect(manifestOf(at("piped.jsonl")).inputs).toMatchObject([{ path: pipe, sha256: null }]);
    rmSync(at("piped"), { recursive: true });
    for (const i of [1, 2]) await shard(i, `好${i}\n`);
    expect(await run("merge", at("piped"), "--output", at("other.jsonl"))).toContain(`the input ${pipe} differs from`);
  });

  it("merges more shards than there are blocks", async () => {
    writeFileSync(at("short.txt"), "好\n差\n");
    for (let i = 1; i <= 5; i++)
      await run("tokenize", at("short.txt"), "--vocab-file", vocab, "--shard", `${i}/5`, "--output", `${at("tiny")}/`);
    expect(await run("merge", at("tiny"), "--output", at("tiny.jsonl"))).toContain("merged 5 shards with 2 records");
    expect(readFileSync(at("tiny.jsonl"), "utf8").split("\n")).toHaveLength(3);
  });
});

describe("bertie merge of faulty shards", () => {
  const good = at("good");
  const part = (i: number, extension = "bin") => `tokens-0000${i}-of-00004.${extension}`;
  beforeAll(() => tokenizeShards(good, 4, "--format", "bin", "--hash-inputs"));

  let number = 0;
  /** Merges a copy of the shards after a change, and returns the messages with the directory replaced by DIR. */
  async function mergeAfter(change: (directory: string) => unknown, ...paths: string[]): Promise<string> {
    const directory = at(`faulty-${number++}`);
    cpSync(good, directory, { recursive: true });
    await change(directory);
    const output = at(`output-${number}`, "out.bin");
    const log = await run(
      "merge",
      ...(paths.length > 0 ? paths.map((path) => join(directory, path)) : [directory]),
      "--output",
      output,
    );
    if (log.includes("merge/shards")) expect(readdirSync(base)).not.toContain(`output-${number}`);
    return log.replaceAll(directory, "DIR");
  }

  /** Replaces an entry of a manifest. */
  function edit(directory: string, i: number, change: (manifest: Record<string, never>) => void): void {
    const path = join(directory, `${part(i)}.manifest.json`);
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    change(manifest);
    writeFileSync(path, JSON.stringify(manifest));
  }

  /** Tokenizes another shard of the same name. */
  const again = (directory: string, i: number, ...args: string[]) =>
    tokenize("--shard", `${i}/4`, "--output", join(directory, `${part(i)}`), "--hash-inputs", ...args);
  const remove = (directory: string, i: number) => {
    for (const name of readdirSync(directory)) if (name.includes(`-0000${i}-of`)) rmSync(join(directory, name));
  };

  it("names all faulty shards at once", async () => {
    const log = await mergeAfter((directory) => {
      remove(directory, 2);
      truncateSync(join(directory, part(1)), 1000);
      writeFileSync(
        join(directory, part(3, "idx.npy")),
        Buffer.alloc(readFileSync(join(directory, part(3, "idx.npy"))).length),
      );
      rmSync(join(directory, part(4)));
    });
    expect(log).toMatch(`DIR/${part(2)}: shard 2 of 4 is missing. Run it with --shard 2/4, or add its file.\n`);
    expect(log).toMatch(`DIR/${part(1)}: the file is truncated: 1000 of`);
    expect(log).toMatch(`DIR/${part(3, "idx.npy")}: the file is damaged: its SHA-256 differs`);
    expect(log).toMatch(`DIR/${part(4)}: the file is missing.`);
    expect(log).toMatch("merge/shards: nothing was merged because of 4 problems, listed above.");
  });

  const other = at("other.txt");
  const foreign: [string, (directory: string) => unknown, string | RegExp][] = [
    [
      "options",
      (d) => {
        remove(d, 3);
        return again(d, 3, "--max-seq-length", "9");
      },
      `DIR/${part(3)}: options.max_seq_length is 9, but null in DIR/${part(1)}. Run the shard again with the same options.`,
    ],
    [
      "a model",
      (d) => {
        remove(d, 1);
        writeFileSync(at("other-vocab.txt"), `${readFileSync(vocab, "utf8")}other\n`);
        return run(
          "tokenize",
          ...inputs,
          "--vocab-file",
          at("other-vocab.txt"),
          "--do-lower-case",
          "--hash-inputs",
          "--shard",
          "1/4",
          "--output",
          join(d, part(1)),
        );
      },
      /DIR\/tokens-00001-of-00004\.bin: vocabulary\.sha256 is .*Run the shard again with the same model/,
    ],
    [
      "an input",
      (d) => {
        remove(d, 2);
        writeFileSync(other, readFileSync(plain, "utf8").replace("很", "差"));
        return run(
          "tokenize",
          other,
          compressed,
          "--vocab-file",
          vocab,
          "--do-lower-case",
          "--hash-inputs",
          "--shard",
          "2/4",
          "--output",
          join(d, part(2)),
        );
      },
      new RegExp(`DIR/${part(2)}: the input .*other.txt differs from the input of DIR/${part(1)}`),
    ],
    [
      "a version",
      (d) => edit(d, 4, (manifest) => Object.assign(manifest.versions!, { bertie: "0.0.9" })),
      `DIR/${part(4)}: versions.bertie is "0.0.9", but`,
    ],
    [
      "a number of shards",
      (d) => tokenize("--shard", "1/3", "--hash-inputs", "--output", join(d, "tokens-00001-of-00003.bin")),
      /tokens-00001-of-00003\.bin: it is one of 3 shards, but expected one of 4/,
    ],
  ];
  it.each(foreign)("names a shard with another value of %s", async (_, change, expected) => {
    const log = await mergeAfter(change);
    expect(log).toMatch(expected);
    expect(log).toMatch(/nothing was merged because of [1-3] problem/);
  });

  it("names a duplicate shard, and does not count a file twice that is named twice", async () => {
    const log = await mergeAfter(
      (directory) => {
        mkdirSync(join(directory, "copy"));
        for (const name of readdirSync(good).filter((each) => each.includes("-00002-of")))
          cpSync(join(good, name), join(directory, "copy", name));
      },
      ".",
      "copy",
      part(1),
      part(1, "bin.manifest.json"),
      part(1, "idx.npy"),
    );
    expect(log).toMatch(/copy\/tokens-00002-of-00004\.bin: shard 2 of 4 is also in .*Remove one of the two/);
    expect(log).toContain("because of 1 problem");
  });

  it.each([
    [
      "is not JSON",
      (d: string) => truncateSync(join(d, `${part(2)}.manifest.json`), 300),
      "the manifest is not valid JSON",
    ],
    [
      "has no pieces",
      (d: string) => edit(d, 2, (manifest) => delete manifest.pieces),
      "missing or inconsistent entries",
    ],
    [
      "names a file elsewhere",
      (d: string) => edit(d, 2, (manifest) => Object.assign(manifest.outputs![0]!, { path: "../x.bin" })),
      "missing or inconsistent entries",
    ],
    [
      "has the wrong shard",
      (d: string) => edit(d, 2, (manifest) => Object.assign(manifest, { shard: "3/4" })),
      "missing or inconsistent entries",
    ],
  ])("names a shard whose manifest %s", async (_, change, expected) => {
    const log = await mergeAfter(change);
    expect(log).toMatch(`DIR/${part(2)}: the manifest`);
    expect(log).toContain(expected);
  });

  it("names a file that changed after a shard had read it", async () => {
    const log = await mergeAfter((directory) =>
      edit(directory, 3, (manifest) => Object.assign(manifest.inputs![0]!, { sha256: "0".repeat(64) })),
    );
    expect(log).toContain(`DIR/${part(3)}: ${plain} has changed since this shard read it.`);
  });

  it("names arguments that are not shards, and files that a killed run left", async () => {
    writeFileSync(at("text.txt"), "好\n");
    const staged = `.${part(2)}.0123abcd`;
    const log = await mergeAfter(
      (directory) => {
        writeFileSync(join(directory, staged), "");
        renameSync(join(directory, `${part(2)}.manifest.json`), join(directory, "x"));
      },
      ".",
      part(2),
      "absent.bin",
    );
    expect(log).toContain(`warning: DIR/${staged} was left by a run that was killed`);
    expect(log).toContain(`DIR/${part(2)}: it has no manifest (${part(2)}.manifest.json), so it is not complete.`);
    expect(log).toContain("DIR/absent.bin: no such file.");
  });

  it("never replaces a file, and does not convert formats", async () => {
    writeFileSync(at("existing.bin"), "");
    expect(await run("merge", good, "--output", at("existing.bin"))).toMatch(/^output\/exists: /);
    expect(await run("merge", good, "--output", at("x.npy"))).toMatch(
      /^options\/format: .*the shards have the format bin/,
    );
    expect(await run("merge", good)).toMatch(/^options\/missing: no output/);
    expect(readFileSync(at("existing.bin"), "utf8")).toBe("");
  });
});
