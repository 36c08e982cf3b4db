import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

const bytes = readFileSync(new URL("../wasm/tokenizer.wasm", import.meta.url));

/** Imports the package with the module not yet loaded. */
async function freshPackage() {
  vi.resetModules();
  return import("./index.ts");
}

const sources: [string, () => Parameters<Awaited<ReturnType<typeof freshPackage>>["init"]>[0]][] = [
  ["nothing", () => undefined],
  ["bytes", () => bytes],
  ["a module", () => new WebAssembly.Module(bytes)],
  ["a response", () => new Response(bytes)],
  ["a promise of a response", () => Promise.resolve(new Response(bytes))],
];

describe("init()", () => {
  it.each(sources)("accepts %s", async (_, source) => {
    const { BertTokenizer, init } = await freshPackage();
    await init(source());
    const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na");
    expect(tokenizer.tokenize("A")).toEqual(["a"]);
  });

  it("rejects bytes that are not WebAssembly, and can be called again", async () => {
    const { init } = await freshPackage();
    await expect(init(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: "tokenizer/wasm" });
    await expect(init(new Response("", { status: 404 }))).rejects.toMatchObject({ code: "tokenizer/wasm" });
    await init(bytes);
  });
});

describe("the committed package", () => {
  it("contains the same module inline and as a file", async () => {
    const { default: inline } = await import("../wasm/inline.js");
    expect(Buffer.from(inline() as Uint8Array).equals(bytes)).toBe(true);
  });
});
