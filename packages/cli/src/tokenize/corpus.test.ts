import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Shard } from "../shards/shard.ts";
import { type Corpus, tokenizeCorpus } from "./corpus.ts";
import type { EncodeSettings } from "./encode-block.ts";
import { createFileHashes } from "./file-hashes.ts";
import { createInputHashes } from "./input-hashes.ts";
import { inspectInputs } from "./inputs.ts";

const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\n天\n很");
const tokenizer = await BertTokenizer.fromVocab(vocab, { lowercase: true });
const base = mkdtempSync(join(tmpdir(), "bertie-corpus-"));
afterAll(() => rmSync(base, { recursive: true }));

const SETTINGS: EncodeSettings = {
  inputFormat: "lines",
  format: "jsonl",
  bytesPerId: 2,
  maxLength: undefined,
  addSpecialTokens: true,
  onInvalidUtf8: "replace",
  pairs: false,
  tokens: false,
  offsets: false,
  keyFields: 0,
};

interface Run {
  readonly settings?: Partial<EncodeSettings>;
  readonly pairField?: string;
  readonly shard?: Shard;
  readonly blockBytes?: number;
}

/** Tokenizes files to JSON lines in this thread. */
async function tokenize(paths: readonly string[], { settings = {}, pairField, shard, blockBytes = 64 }: Run = {}) {
  const corpus: Corpus = {
    inputs: await inspectInputs(paths, { encoding: undefined, acceptsInvalid: true }),
    fields: { text: "text", pair: pairField },
    shard: shard ?? { index: 1, count: 1 },
    settings: { ...SETTINGS, pairs: pairField !== undefined, ...settings },
    tokenizer,
    vocab,
    threads: 1,
    ...{ blockBytes, unit: 1 },
    isPrompt: false,
  };
  let text = "";
  const writer = {
    write: ({ data }: { readonly data: Uint8Array }) => {
      text += new TextDecoder().decode(data);
    },
    finish() {},
  };
  const hashes = createInputHashes(createFileHashes());
  const context = {
    workerPool: undefined,
    hashes,
    pieces: undefined,
    onProgress: async () => {},
    signal: new AbortController().signal,
  };
  const counts = await tokenizeCorpus(corpus, writer, context);
  return { text, counts, hashes: hashes.digests() };
}

function write(name: string, contents: string | Uint8Array): string {
  writeFileSync(join(base, name), contents);
  return join(base, name);
}

const lineTexts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "天", " ", "\r", "\uFEFF"), maxLength: 30 }), {
  maxLength: 12,
});

/** Returns the output of encode() for each line. */
function expectedOf(text: string): string {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${JSON.stringify({ ids: tokenizer.encode(line).ids })}\n`).join("");
}

describe("tokenizeCorpus()", () => {
  it("writes the same ids for every block size, and for compressed files", async () => {
    await fc.assert(
      fc.asyncProperty(lineTexts, lineTexts, fc.integer({ min: 1, max: 50 }), async (first, second, blockBytes) => {
        const texts = [first.join("\n"), `${second.join("\n")}\n`];
        const plain = texts.map((text, i) => write(`${i}.txt`, text));
        const gzip = texts.map((text, i) => write(`${i}.gz`, gzipSync(text)));
        const expected = texts.map(expectedOf).join("");
        expect((await tokenize(plain, { blockBytes })).text).toBe(expected);
        expect((await tokenize(gzip, { blockBytes })).text).toBe(expected);
        expect((await tokenize(plain, { blockBytes, settings: { offsets: true } })).text.replace(/,"o.*/g, "}")).toBe(
          expected,
        );
      }),
      { numRuns: 50 },
    );
  });

  it("writes each record in exactly one shard, and shards of plain files in order", async () => {
    await fc.assert(
      fc.asyncProperty(lineTexts, lineTexts, fc.integer({ min: 1, max: 5 }), async (first, second, count) => {
        const paths = [write("1.txt", first.join("\n")), write("2.txt", `${second.join("\n")}\n`)];
        const gzipped = write("3.gz", gzipSync(readFileSync(paths[1]!)));
        const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
        const outputs = await Promise.all(shards.map((shard) => tokenize(paths, { shard, blockBytes: 16 })));
        expect(outputs.map(({ text }) => text).join("")).toBe((await tokenize(paths)).text);
        const roundRobin = await Promise.all(shards.map((shard) => tokenize([gzipped], { shard, blockBytes: 16 })));
        const lines = (text: string) => text.split("\n").filter(Boolean).sort();
        expect(lines(roundRobin.map(({ text }) => text).join(""))).toEqual(lines((await tokenize([gzipped])).text));
      }),
      { numRuns: 50 },
    );
  });

  it("reads single fields and pairs of fields from TSV, CSV and JSON lines", async () => {
    const records = [
      ["a天", "很"],
      ["很", "ab a"],
    ];
    const paths = {
      tsv: write("r.tsv", `\uFEFFother\ttext\r\n${records.map(([text, other]) => `${other}\t${text}\r\n`).join("")}`),
      csv: write("r.csv", `text,id,other\n${records.map(([text, other]) => `"${text}",1,"${other}"\n`).join("")}`),
      jsonl: write("r.jsonl", records.map(([text, other]) => `${JSON.stringify({ text, other })}\n`).join("")),
    };
    for (const [format, path] of Object.entries(paths) as ["tsv" | "csv" | "jsonl", string][]) {
      for (const blockBytes of [1, 7, 1000]) {
        const settings = { inputFormat: format, maxLength: 5 };
        expect((await tokenize([path], { settings, blockBytes })).text).toBe('{"ids":[2,4,6,3]}\n{"ids":[2,7,3]}\n');
        expect((await tokenize([path], { settings, blockBytes, pairField: "other" })).text).toBe(
          '{"ids":[2,4,3,7,3],"type_ids":[0,0,0,1,1]}\n{"ids":[2,7,3,4,3],"type_ids":[0,0,0,1,1]}\n',
        );
      }
    }
  });

  it("counts records, tokens and bytes, and hashes the inputs", async () => {
    const path = write("count.txt", Buffer.concat([Buffer.from("a天\n很"), Buffer.of(0xff), Buffer.from("\na\n")]));
    const { counts, hashes } = await tokenize([path], { blockBytes: 3 });
    expect(counts).toEqual({ records: 3, tokens: 10, bytes: 12, invalid: 1, stored: 12 });
    // computed with sha256sum
    expect(hashes.get(0)).toBe("e5382e8c7d20e2ad719c0af85d041bfb1e7d628e1e8e65603b4d6639b9bedfea");
    const skipped = await tokenize([path], { blockBytes: 3, settings: { onInvalidUtf8: "skip" } });
    expect(skipped.counts).toMatchObject({ records: 2, tokens: 7, invalid: 1 });
  });

  it("names file and line of an invalid record, in every shard and block", async () => {
    const lines = Array.from({ length: 40 }, (_, i) => (i === 33 ? '{"txt":""}' : '{"text":"a"}'));
    const settings = { inputFormat: "jsonl" } as const;
    const message = /f\.(jsonl|gz), line 34: key "text" is missing/;
    const path = write("f.jsonl", lines.join("\n"));
    const gzipped = write("f.gz", gzipSync(lines.join("\n")));
    for (const shard of [undefined, { index: 3, count: 3 }]) {
      await expect(tokenize([path], { settings, ...(shard && { shard }) })).rejects.toThrow(message);
    }
    await expect(tokenize([gzipped], { settings })).rejects.toThrow(message);
    const broken = write("f.txt", Buffer.concat([Buffer.from("a\n".repeat(40)), Buffer.of(0xff)]));
    const failing = tokenize([broken], { settings: { onInvalidUtf8: "fail" } });
    await expect(failing).rejects.toThrow(/f\.txt, line 41: the bytes are not valid UTF-8/);
  });
});
