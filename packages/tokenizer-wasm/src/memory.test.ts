import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { load } from "./load.ts";
import { tinyTokenizer, tokenizerFor } from "./testing/fixtures.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const nextTask = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("memory of a tokenizer", () => {
  it("is freed when the tokenizer is garbage-collected", async () => {
    const { memory } = await load();
    const makeAndDrop = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const tokenizer = await tinyTokenizer(["中", "文"]);
        expect(tokenizer.tokenize("中文")).toEqual(["中", "文"]);
        if (i % 20 !== 19) continue;
        collectGarbage();
        await nextTask();
      }
    };
    await makeAndDrop(60);
    const before = memory.buffer.byteLength;
    await makeAndDrop(940);
    // A single tokenizer takes more than 3 MB, mostly for its word cache.
    expect(memory.buffer.byteLength - before).toBeLessThan(20 << 20);
  });

  it("is freed by Symbol.dispose", async () => {
    const tokenizer = await tinyTokenizer(["a"]);
    tokenizer[Symbol.dispose]();
    expect(() => tokenizer.encode("a")).toThrow();
  });

  it("does not grow when a large text is encoded repeatedly", async () => {
    const tokenizer = await tinyTokenizer(["a"]);
    const { memory } = await load();
    const text = "a ".repeat(1 << 21);
    tokenizer.tokenize(text);
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 4; i++) tokenizer.tokenize(text);
    expect(memory.buffer.byteLength).toBe(before);
  });

  it("does not grow when lines are encoded repeatedly into the same result", async () => {
    const tokenizer = await tokenizerFor("en");
    const { memory } = await load();
    const text = new TextEncoder().encode("Unaffable words, each with a number: 1234.\n".repeat(30_000));
    let lines = tokenizer.encodeLines(text, { offsets: true });
    const [before, { ids }] = [memory.buffer.byteLength, lines];
    for (let i = 0; i < 50; i++) lines = tokenizer.encodeLines(text, { offsets: true, reuse: lines });
    expect(memory.buffer.byteLength).toBe(before);
    expect(lines.ids.buffer).toBe(ids.buffer);
  });
});
