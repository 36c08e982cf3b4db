import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { tinyTokenizer } from "./testing/fixtures.ts";
import { load } from "./wasm.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const nextTask = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a tokenizer's memory", () => {
  it("is given back when a tokenizer is garbage: a thousand of them fit where a few do", async () => {
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
    // One alone takes a third of a megabyte, most of it the table of characters.
    expect(memory.buffer.byteLength - before).toBeLessThan(20 << 20);
  });

  it("can be given back at once", async () => {
    const tokenizer = await tinyTokenizer(["a"]);
    tokenizer[Symbol.dispose]();
    expect(() => tokenizer.encode("a")).toThrow();
  });

  it("does not stay large after a large text", async () => {
    const tokenizer = await tinyTokenizer(["a"]);
    const { memory } = await load();
    const text = "a ".repeat(1 << 21);
    tokenizer.tokenize(text);
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 4; i++) tokenizer.tokenize(text);
    expect(memory.buffer.byteLength).toBe(before);
  });
});
