import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type BatchItem, BertTokenizer } from "./index.ts";
import { tinyTokenizer } from "./testing/fixtures.ts";

const tokenizer = await tinyTokenizer(["a", "b", "##b", "中"]);
const other = await tinyTokenizer(["a", "b"]);
const bytes = (text: string) => new TextEncoder().encode(text);

/** Returns the code of the BertieError that a call throws. Rethrows any other error. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BertieError) return error.code;
    throw error;
  }
  return "none";
}

/** Checks that the tokenizers still work after invalid input. */
function expectUnharmed(): void {
  expect(tokenizer.encode("ab 中", { pair: "b" }).ids).toEqual([2, 5, 7, 8, 3, 6, 3]);
  expect([...other.encodeLines(bytes("a\nb b\n")).ids]).toEqual([2, 5, 3, 2, 6, 6, 3]);
}

afterEach(expectUnharmed);

describe("encode() and encodeBatch() reject input that is not text:", () => {
  it.each<[string, unknown]>([
    ["a number", 3],
    ["nothing", undefined],
    ["null", null],
    ["an object that imitates a string", { toString: () => "a", length: 1 }],
    ["a String object", new String("a")],
    ["a symbol", Symbol("a")],
    ["a proxy of a function", new Proxy(() => "a", {})],
  ])("%s", (_, value) => {
    expect(codeOf(() => tokenizer.encode(value as string))).toBe("input/not-text");
    expect(codeOf(() => tokenizer.encodeBatch([value as string]))).toBe("input/not-text");
    expect(codeOf(() => tokenizer.encodeBatch(["a", ["a", value as string]]))).toBe("input/not-text");
  });

  it.each<[string, unknown]>([
    ["a pair with one text", [["a"]]],
    ["a pair with three texts", [["a", "b", "a"]]],
    ["a String object as the batch", new String("ab")],
    ["a batch with holes", new Array(3)],
  ])("%s", (_, items) => {
    expect(codeOf(() => tokenizer.encodeBatch(items as BatchItem[]))).toBe("input/not-text");
  });
});

describe("encodeLines() rejects input that is not bytes:", () => {
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

  it("bytes with a detached buffer", async () => {
    expect(codeOf(() => tokenizer.encodeLines(detached))).toBe("input/not-bytes");
    await expect(BertTokenizer.fromVocab(detached)).rejects.toMatchObject({ code: "input/not-bytes" });
  });

  it("bytes that report a length beyond their buffer", () => {
    class Liar extends Uint8Array {
      override get byteLength() {
        return 2 ** 31;
      }
    }
    expect(codeOf(() => tokenizer.encodeLines(new Liar(8)))).toBe("input/not-bytes");
  });
});

describe("input that changes between reads is read once:", () => {
  it("a length that differs on each read", () => {
    class Liar extends Uint8Array {
      #times = 0;
      override get length() {
        return this.#times++ % 2 === 0 ? 1 : 2 ** 30;
      }
      override subarray(): never {
        throw new Error("subarray() must not be called");
      }
    }
    expect([...tokenizer.encodeLines(new Liar(bytes("a\nb"))).ids]).toEqual([2, 5, 3, 2, 6, 3]);
  });

  it("items that differ on each read", () => {
    let times = 0;
    const items = new Proxy(["a", "b"], {
      get: (target, key, receiver) =>
        key === "0" ? (times++ === 0 ? "a" : "a ".repeat(1e6)) : Reflect.get(target, key, receiver),
    });
    expect([...tokenizer.encodeBatch(items).ids]).toEqual([2, 5, 3, 2, 6, 3]);
    expect(times).toBe(1);
  });

  it("the texts of a pair", () => {
    const pair = ["a", "b"];
    const get = () => {
      other.encode("b ".repeat(1e5));
      return "b";
    };
    Object.defineProperty(pair, 1, { get });
    expect([...tokenizer.encodeBatch([pair as unknown as [string, string]]).ids]).toEqual([2, 5, 3, 6, 3]);
  });

  it("options whose getters encode other text", () => {
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
      get addSpecialTokens() {
        nested();
        return true;
      },
    };
    expect(tokenizer.encodeBatch(["a a"], options)).toMatchObject({ ids: Int32Array.of(2, 5, 3) });
    expect(tokenizer.encode("a a", options).ids).toEqual([2, 5, 3]);
    expect([...tokenizer.encodeLines(bytes("a a"), { ...options, reuse: undefined }).ids]).toEqual([2, 5, 3]);
    const reentrant = { valueOf: nested } as unknown as boolean;
    expect(codeOf(() => tokenizer.encodeLines(bytes("a"), { offsets: reentrant }))).toBe("options/value");
  });
});

describe("unusual buffers do not cause writes outside the result:", () => {
  it("reused results that are detached, shared, of odd length, or not typed arrays", () => {
    const detached = tokenizer.encodeBatch(["a a a"]);
    structuredClone(detached.ids.buffer, { transfer: [detached.ids.buffer] });
    const shared = { ...detached, ids: new Int32Array(new SharedArrayBuffer(64)) };
    const odd = { ...detached, ids: new Int32Array(new ArrayBuffer(43), 4, 2) };
    const none = { ...detached, ids: { buffer: { byteLength: 2 ** 40 }, length: 9 } as unknown as Int32Array };
    for (const reuse of [detached, shared, odd, none])
      expect([...tokenizer.encodeBatch(["b"], { reuse }).ids]).toEqual([2, 6, 3]);
    const lines = tokenizer.encodeLines(bytes("a a a"));
    structuredClone(lines.ids.buffer, { transfer: [lines.ids.buffer] });
    expect([...tokenizer.encodeLines(bytes("b"), { reuse: lines }).ids]).toEqual([2, 6, 3]);
  });

  it("text in shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(bytes("a b"));
    expect([...tokenizer.encodeLines(shared).ids]).toEqual([2, 5, 6, 3]);
  });
});

describe("texts that need more memory than available", () => {
  it("are rejected before memory is allocated, and later texts are encoded", () => {
    // A repeated string takes no memory until it is read.
    const huge = "!".repeat(400_000_000);
    expect(codeOf(() => tokenizer.encode(huge))).toBe("input/too-large");
    expectUnharmed();
    expect(codeOf(() => tokenizer.encodeBatch(Array(20).fill(huge)))).toBe("input/too-large");
    expectUnharmed();
  });
});

describe("lone surrogates, NUL and noncharacters", () => {
  it("are encoded like any other text", () => {
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

describe("vocabularies designed to exhaust memory or time", () => {
  const start = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
  it.each<[string, () => string | Uint8Array, string]>([
    ["more than a million empty lines", () => start + "\n".repeat(1 << 20), "vocabulary/too-large"],
    ["more text than any real vocabulary", () => new Uint8Array((1 << 26) + 1), "vocabulary/too-large"],
    [
      "tokens that all share a prefix",
      () => start + Array.from({ length: 200_000 }, (_, i) => `${"a".repeat(20)}${`${i}`.padStart(6, "0")}`).join("\n"),
      "vocabulary/too-large",
    ],
    ["invalid UTF-8", () => Uint8Array.of(0xff, 0x0a), "vocabulary/invalid-utf8"],
    ["no tokens", () => "", "vocabulary/missing-token"],
    ["one line of a million characters", () => "x".repeat(1e6), "vocabulary/missing-token"],
  ])("are rejected: %s", async (_, make, code) => {
    await expect(BertTokenizer.fromVocab(make())).rejects.toMatchObject({ name: "BertieError", code });
  });

  it("produce a limited number of warnings for 100,000 duplicate tokens", async () => {
    const { warnings } = await BertTokenizer.fromVocab(start + "x\n".repeat(1e5));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatch(/further duplicate tokens: 99979/);
  });
});

it("a disposed tokenizer does not affect other tokenizers", async () => {
  const disposed = await tinyTokenizer(["a"]);
  disposed[Symbol.dispose]();
  expect(() => disposed.encodeLines(bytes("a"))).toThrow();
  expect(() => disposed.encodeBatch(["a"])).toThrow();
});
