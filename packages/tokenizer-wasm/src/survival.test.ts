import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createCore } from "./core.ts";
import { BertTokenizer } from "./index.ts";
import { load } from "./load.ts";
import { resolveOptions } from "./options.ts";
import { MAX_TABLE_BYTES } from "./runtime.ts";
import { fixture, tinyTokenizer } from "./testing/fixtures.ts";
import { withMemoryLimit } from "./testing/memory-limit.ts";
import { BERT_WORD_PIECE } from "./word-piece.ts";

const START = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\n";
/** Memory for everything except tables: the code's data, buffers, and gaps between blocks. */
const OTHER_BYTES = 32 << 20;
const bytes = fixture("vocab-zh.txt");
const vocabulary = new TextDecoder().decode(bytes);

describe("a loop that does not return to the event loop", () => {
  it("creates thousands of equal tokenizers in the memory of one", async () => {
    const runtime = await load();
    await BertTokenizer.fromVocab(vocabulary);
    const before = runtime.tableBytes;
    for (let i = 0; i < 3000; i++) {
      const tokenizer = await BertTokenizer.fromVocab(i % 2 === 0 ? vocabulary : bytes);
      expect(tokenizer.encode("中a").ids).toEqual([101, 704, 143, 102]);
    }
    expect(runtime.tableBytes).toBeLessThan(before + (8 << 20));
  });

  it("creates thousands of different tokenizers in limited memory", async () => {
    const runtime = await load();
    const first = await BertTokenizer.fromVocab(`${START}first`);
    for (let i = 0; i < 1000; i++) {
      const tokenizer = await BertTokenizer.fromVocab(`${START}token${i}\nx`);
      expect(tokenizer.encode(`token${i} x`).ids).toEqual([2, 7, 8, 3]);
    }
    expect(runtime.tableBytes).toBeLessThanOrEqual(MAX_TABLE_BYTES);
    expect(runtime.memory.buffer.byteLength).toBeLessThan(MAX_TABLE_BYTES + OTHER_BYTES);
    // Its tables were freed, and are built again.
    expect(first.encode("first").ids).toEqual([2, 7, 3]);
    expect(first.decode([7])).toBe("first");
  });

  it("keeps hundreds of different tokenizers usable", async () => {
    const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: false };
    const tokenizers = [];
    for (let i = 0; i < 200; i++) {
      const options = { lowercase: i % 2 === 0, maxInputCharsPerWord: 50 + (i % 50) };
      tokenizers.push(await BertTokenizer.fromVocab(START, options, [{ id: 7 + i, content: `<${i}>`, ...flags }]));
    }
    for (let round = 0; round < 2; round++) {
      tokenizers.forEach((tokenizer, i) => {
        expect(tokenizer.encode(`A<${i}>b`).ids).toEqual([2, i % 2 === 0 ? 4 : 1, 7 + i, 5, 3]);
        expect(tokenizer.idToToken(7 + i)).toBe(`<${i}>`);
      });
    }
    const { memory } = await load();
    expect(memory.buffer.byteLength).toBeLessThan(MAX_TABLE_BYTES + OTHER_BYTES);
  });
});

it("a trap does not affect other calls", async () => {
  const runtime = await load();
  const tokenizer = await tinyTokenizer(["a"]);
  const vocabulary = { text: "a\n", verbatim: false };
  const core = createCore(runtime, vocabulary, resolveOptions({}), BERT_WORD_PIECE, { special: [], added: [] });
  // The module panics, because it has no such token.
  expect(() => runtime.run(() => core.tables().token_start(1 << 20))).toThrow(
    expect.objectContaining({ name: "BertieError", code: "tokenizer/crash" }),
  );
  expect(tokenizer.encode("a").ids).toEqual([2, 5, 3]);
  expect(core.id("a")).toBe(0);
  core.free();
});

describe.each(["tokenizer.wasm", "tokenizer-small.wasm"])("memory of %s that cannot grow", (file) => {
  const module = readFileSync(new URL(`../wasm/${file}`, import.meta.url));
  let limited: typeof import("./index.ts");

  beforeAll(async () => {
    vi.resetModules();
    limited = await import("./index.ts");
    await limited.init(withMemoryLimit(module, 160)); // 10 MB
  });

  it("is an error for a large vocabulary, and other tokenizers still work", async () => {
    const tokenizer = await limited.BertTokenizer.fromVocab(START);
    const large = START + Array.from({ length: 100_000 }, (_, i) => `token${i}`).join("\n");
    for (let i = 0; i < 3; i++) {
      await expect(limited.BertTokenizer.fromVocab(large)).rejects.toMatchObject({ code: "tokenizer/memory" });
      expect(tokenizer.encode("a b").ids).toEqual([2, 4, 5, 3]);
    }
  });

  it("is shared by many tokenizers, whose tables are freed and built again", async () => {
    const tokenizers = [];
    for (let i = 0; i < 40; i++) tokenizers.push(await limited.BertTokenizer.fromVocab(`${START}token${i}`));
    for (const [i, tokenizer] of tokenizers.entries()) expect(tokenizer.encode(`token${i}`).ids).toEqual([2, 7, 3]);
  });

  it("is an error for a large text, and smaller ones are encoded", async () => {
    const tokenizer = await limited.BertTokenizer.fromVocab(START);
    const text = "a ".repeat(1 << 23);
    expect(() => tokenizer.encode(text)).toThrow(expect.objectContaining({ code: "input/too-large" }));
    expect(tokenizer.encode("a b").ids).toEqual([2, 4, 5, 3]);
    const lines = tokenizer.encodeLines(new TextEncoder().encode("a\nb"));
    expect([...lines.ids]).toEqual([2, 4, 3, 2, 5, 3]);
  });
});

describe("a disposed tokenizer", () => {
  const methods: [string, (tokenizer: BertTokenizer) => unknown][] = [
    ["encode", (tokenizer) => tokenizer.encode("a")],
    ["encodeBatch", (tokenizer) => tokenizer.encodeBatch(["a"])],
    ["encodeBatch of nothing", (tokenizer) => tokenizer.encodeBatch([])],
    ["encodeLines", (tokenizer) => tokenizer.encodeLines(Uint8Array.of(97))],
    ["encodeLines of nothing", (tokenizer) => tokenizer.encodeLines(new Uint8Array())],
    ["tokenize", (tokenizer) => tokenizer.tokenize("a")],
    ["decode", (tokenizer) => tokenizer.decode([4])],
    ["decode of nothing", (tokenizer) => tokenizer.decode([])],
    ["idToToken", (tokenizer) => tokenizer.idToToken(4)],
    ["tokenToId", (tokenizer) => tokenizer.tokenToId("a")],
  ];

  it.each(methods)("throws in %s", async (_, call) => {
    const tokenizer = await BertTokenizer.fromVocab(START);
    call(tokenizer);
    tokenizer[Symbol.dispose]();
    tokenizer[Symbol.dispose]();
    expect(() => call(tokenizer)).toThrow(expect.objectContaining({ code: "tokenizer/disposed" }));
  });

  it("does not affect an equal tokenizer, and the tables are freed with the last one", async () => {
    const runtime = await load();
    const before = runtime.tableBytes;
    const [first, second] = [
      await BertTokenizer.fromVocab(`${START}only`),
      await BertTokenizer.fromVocab(`${START}only`),
    ];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(second.encode("only").ids).toEqual([2, 7, 3]);
    expect(runtime.tableBytes).toBeGreaterThan(before);
    second[Symbol.dispose]();
    expect(runtime.tableBytes).toBe(before);
  });
});
