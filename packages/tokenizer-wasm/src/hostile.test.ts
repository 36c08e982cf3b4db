import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type BatchItem, BertTokenizer } from "./index.ts";
import { tinyTokenizer } from "./testing/fixtures.ts";

const tokenizer = await tinyTokenizer(["a", "b", "##b", "中"]);
const other = await tinyTokenizer(["a", "b"]);
const bytes = (text: string) => new TextEncoder().encode(text);

/** The code of the BertieError that a call ends with; any other error is thrown on. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BertieError) return error.code;
    throw error;
  }
  return "none";
}

/** Whatever was passed before: the instance and all its tokenizers work as if it had not been. */
function expectUnharmed(): void {
  expect(tokenizer.encode("ab 中", { pair: "b" }).ids).toEqual([2, 5, 7, 8, 3, 6, 3]);
  expect([...other.encodeLines(bytes("a\nb b\n")).ids]).toEqual([2, 5, 3, 2, 6, 6, 3]);
}

afterEach(expectUnharmed);

describe("what is no text is refused:", () => {
  it.each<[string, unknown]>([
    ["a number", 3],
    ["nothing", undefined],
    ["null", null],
    ["an object that says of itself that it is text", { toString: () => "a", length: 1 }],
    ["a String object", new String("a")],
    ["a symbol", Symbol("a")],
    ["a proxy of a function", new Proxy(() => "a", {})],
  ])("%s", (_, value) => {
    expect(codeOf(() => tokenizer.encode(value as string))).toBe("input/not-text");
    expect(codeOf(() => tokenizer.encodeBatch([value as string]))).toBe("input/not-text");
    expect(codeOf(() => tokenizer.encodeBatch(["a", ["a", value as string]]))).toBe("input/not-text");
  });

  it.each<[string, unknown]>([
    ["a pair of one", [["a"]]],
    ["a pair of three", [["a", "b", "a"]]],
    ["a batch that is a string's object", new String("ab")],
    ["a batch with holes", new Array(3)],
  ])("%s", (_, items) => {
    expect(codeOf(() => tokenizer.encodeBatch(items as BatchItem[]))).toBe("input/not-text");
  });
});

describe("what is no bytes is refused:", () => {
  const detached = bytes("a");
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  it.each<[string, unknown]>([
    ["a string", "a"],
    ["an array", [97]],
    ["an ArrayBuffer", new ArrayBuffer(3)],
    ["an object with a length", { length: 2 ** 31 }],
    ["a proxy of bytes", new Proxy(bytes("a"), {})],
    ["null", null],
  ])("%s", (_, value) => {
    expect(codeOf(() => tokenizer.encodeLines(value as Uint8Array))).toBe("input/not-bytes");
  });

  it("bytes whose buffer was passed on", async () => {
    expect(codeOf(() => tokenizer.encodeLines(detached))).toBe("input/not-bytes");
    await expect(BertTokenizer.fromVocab(detached)).rejects.toMatchObject({ code: "input/not-bytes" });
  });

  it("bytes that say to be more than their buffer has", () => {
    class Liar extends Uint8Array {
      override get byteLength() {
        return 2 ** 31;
      }
    }
    expect(codeOf(() => tokenizer.encodeLines(new Liar(8)))).toBe("input/not-bytes");
  });
});

describe("what changes while it is read is read once:", () => {
  it("a length that is another one every time", () => {
    class Liar extends Uint8Array {
      #times = 0;
      override get length() {
        return this.#times++ % 2 === 0 ? 1 : 2 ** 30;
      }
      override subarray(): never {
        throw new Error("nobody asks for it");
      }
    }
    expect([...tokenizer.encodeLines(new Liar(bytes("a\nb"))).ids]).toEqual([2, 5, 3, 2, 6, 3]);
  });

  it("items that are other ones every time, longer ones too", () => {
    let times = 0;
    const items = new Proxy(["a", "b"], {
      get: (target, key, receiver) =>
        key === "0" ? (times++ === 0 ? "a" : "a ".repeat(1e6)) : Reflect.get(target, key, receiver),
    });
    expect([...tokenizer.encodeBatch(items).ids]).toEqual([2, 5, 3, 2, 6, 3]);
    expect(times).toBe(1);
  });

  it("a pair's texts", () => {
    const pair = ["a", "b"];
    const get = () => {
      other.encode("b ".repeat(1e5));
      return "b";
    };
    Object.defineProperty(pair, 1, { get });
    expect([...tokenizer.encodeBatch([pair as unknown as [string, string]]).ids]).toEqual([2, 5, 3, 6, 3]);
  });

  it("options whose getters encode something else", () => {
    const nested = () => other.encodeBatch(["b ".repeat(1e5)]);
    const options = {
      get maxLength() {
        nested();
        return 3;
      },
      get offsets() {
        nested();
        return true;
      },
      get reuse() {
        nested();
        return undefined;
      },
      get padding() {
        nested();
        return "longest" as const;
      },
    };
    expect(tokenizer.encodeBatch(["a a"], options)).toMatchObject({ ids: Int32Array.of(2, 5, 3) });
    expect(tokenizer.encode("a a", options).ids).toEqual([2, 5, 3]);
    expect([...tokenizer.encodeLines(bytes("a a"), { ...options, reuse: undefined }).ids]).toEqual([2, 5, 3]);
    const busy = { valueOf: nested } as unknown as boolean;
    expect([...tokenizer.encodeLines(bytes("a"), { offsets: busy }).ids]).toEqual([2, 5, 3]);
  });
});

describe("buffers that are not what they were are no reason to write elsewhere:", () => {
  it("old results that were passed on, are shared, of odd length, or none", () => {
    const gone = tokenizer.encodeBatch(["a a a"]);
    structuredClone(gone.ids.buffer, { transfer: [gone.ids.buffer] });
    const shared = { ...gone, ids: new Int32Array(new SharedArrayBuffer(64)) };
    const odd = { ...gone, ids: new Int32Array(new ArrayBuffer(43), 4, 2) };
    const none = { ...gone, ids: { buffer: { byteLength: 2 ** 40 }, length: 9 } as unknown as Int32Array };
    for (const reuse of [gone, shared, odd, none])
      expect([...tokenizer.encodeBatch(["b"], { reuse }).ids]).toEqual([2, 6, 3]);
    const lines = tokenizer.encodeLines(bytes("a a a"));
    structuredClone(lines.ids.buffer, { transfer: [lines.ids.buffer] });
    expect([...tokenizer.encodeLines(bytes("b"), { reuse: lines }).ids]).toEqual([2, 6, 3]);
  });

  it("text in memory that is shared, or that can shrink", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(bytes("a b"));
    expect([...tokenizer.encodeLines(shared).ids]).toEqual([2, 5, 6, 3]);
  });
});

describe("texts that take more memory than there is", () => {
  it("are refused before it is taken, and what comes after is not", () => {
    // Strings that are repeated take no memory before they are read.
    const huge = "!".repeat(400_000_000);
    expect(codeOf(() => tokenizer.encode(huge))).toBe("input/too-large");
    expectUnharmed();
    expect(codeOf(() => tokenizer.encodeBatch(Array(20).fill(huge)))).toBe("input/too-large");
    expectUnharmed();
  });
});

describe("lone surrogates, NUL and what is no character", () => {
  it("are read as any other text, by any caller", () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((all) => String.fromCharCode(...all));
    fc.assert(
      fc.property(fc.array(fc.oneof(units, fc.tuple(units, units)), { minLength: 1 }), (items) => {
        const { ids, size } = tokenizer.encodeBatch(items);
        expect(size).toBe(items.length);
        expect(ids.every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true);
      }),
    );
  });
});

describe("vocabularies that are made to eat memory or time", () => {
  const start = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
  it.each<[string, () => string | Uint8Array, string]>([
    ["a million and more empty lines", () => start + "\n".repeat(1 << 20), "vocabulary/too-large"],
    ["more text than any", () => new Uint8Array((1 << 26) + 1), "vocabulary/too-large"],
    [
      "tokens that all begin alike",
      () => start + Array.from({ length: 200_000 }, (_, i) => `${"a".repeat(20)}${`${i}`.padStart(6, "0")}`).join("\n"),
      "vocabulary/too-large",
    ],
    ["bytes that are no UTF-8", () => Uint8Array.of(0xff, 0x0a), "vocabulary/invalid-utf8"],
    ["no tokens", () => "", "vocabulary/missing-token"],
    ["one line of a million characters", () => "x".repeat(1e6), "vocabulary/missing-token"],
  ])("are refused: %s", async (_, make, code) => {
    await expect(BertTokenizer.fromVocab(make())).rejects.toMatchObject({ name: "BertieError", code });
  });

  it("give a few warnings for a hundred thousand tokens that are there twice", async () => {
    const { warnings } = await BertTokenizer.fromVocab(start + "x\n".repeat(1e5));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatch(/99979 more tokens are there twice/);
  });
});

it("a tokenizer that was given back harms no other", async () => {
  const gone = await tinyTokenizer(["a"]);
  gone[Symbol.dispose]();
  expect(() => gone.encodeLines(bytes("a"))).toThrow();
  expect(() => gone.encodeBatch(["a"])).toThrow();
});
