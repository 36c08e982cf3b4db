import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { global, int, pickle, text, tuple } from "../../../fixtures/torch-files.ts";
import { type PickleHost, readPickle } from "./pickle.ts";

type Thing = { readonly thing: string };

/** A host that returns a description of each request. */
const host: PickleHost<Thing> = {
  global: (module, name) => ({ thing: `${module}.${name}` }),
  call: (callee, args) => [callee, args],
  persistent: (id) => ({ thing: `#${id}` }),
};

const read = (bytes: Uint8Array) => readPickle(bytes, 0, host, "w.bin").value;

function codeOf(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof BertieError) return error.code;
    throw error;
  }
  return "none";
}

const [MARK, TUPLE, LIST, DICT, NONE, MEMOIZE] = [0x28, 0x74, 0x5d, 0x7d, 0x4e, 0x94];

describe("readPickle()", () => {
  it.each<[string, Uint8Array, unknown]>([
    ["constants", pickle(tuple([NONE], [0x88], [0x89])), [null, true, false]],
    ["integers of every size", pickle(tuple([0x4b, 255], [0x4d, 0, 1], int(-2), [0x8a, 0])), [255, 256, -2, 0]],
    ["signed long integers", pickle(tuple([0x8a, 1, 0xff], [0x8a, 2, 0, 0x80])), [-1, -32768]],
    ["integers above 2^53 exactly", pickle(0x8a, 8, [1, 0, 0, 0, 0, 0, 0, 0x40]), 2n ** 62n + 1n],
    ["floats", pickle(0x47, [0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18]), Math.PI],
    ["strings as UTF-8", pickle(0x58, [3, 0, 0, 0, 0xe4, 0xb8, 0xad]), "中"],
    ["Python 2 strings", pickle(tuple([0x55, 1, 0x61], [0x54, 1, 0, 0, 0, 0x62])), ["a", "b"]],
    [
      "short tuples",
      pickle(tuple([0x29], [NONE, 0x85], [NONE, NONE, 0x86], [NONE, NONE, NONE, 0x87])),
      [[], [null], [null, null], [null, null, null]],
    ],
    ["lists", pickle(LIST, int(1), "a", MARK, int(2), int(3), "e"), [1, 2, 3]],
    [
      "dicts",
      pickle(DICT, text("a"), int(1), "s", MARK, text("b"), int(2), "u"),
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ],
    ["a dict without its attributes", pickle(DICT, DICT, "b"), new Map()],
    ["the memo", pickle(tuple(text("a"), [0x71, 7, 0x68, 7, 0x72, 0, 1, 0, 0, 0x6a, 0, 1, 0, 0])), ["a", "a", "a"]],
    [
      "protocol 4",
      pickle([0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x8c, 1, 0x6d, MEMOIZE, 0x8c, 1, 0x6e, 0x93]),
      { thing: "m.n" },
    ],
    [
      "names, calls and persistent ids",
      pickle(global("m", "f"), tuple(text("x"), [0x51]), "R"),
      [{ thing: "m.f" }, [{ thing: "#x" }]],
    ],
  ])("reads %s", (_, bytes, value) => {
    expect(read(bytes)).toEqual(value);
  });

  it("returns the position after the pickle", () => {
    const bytes = Uint8Array.of(9, 9, ...pickle(int(1)), 9);
    expect(readPickle(bytes, 2, host, "w.bin")).toEqual({ value: 1, end: bytes.length - 1 });
  });

  it.each<[string, Uint8Array, string]>([
    ["an unknown protocol version", Uint8Array.of(0x80, 6, NONE, 0x2e), "weights/pickle"],
    ["a pop from an empty stack", pickle(), "weights/pickle"],
    ["a pop from below a mark", pickle(NONE, MARK, 0x85, TUPLE), "weights/pickle"],
    ["a tuple without a mark", pickle(TUPLE), "weights/pickle"],
    ["an append to a number", pickle(int(1), int(2), "a"), "weights/pickle"],
    ["an item of a number", pickle(int(1), int(2), int(3), "s"), "weights/pickle"],
    ["a key without a value", pickle(DICT, MARK, int(1), "u"), "weights/pickle"],
    ["attributes of a list", pickle(LIST, DICT, "b"), "weights/pickle"],
    ["a missing memo entry", pickle(0x68, 3), "weights/pickle"],
    ["an unterminated name", pickle("ctorch"), "weights/pickle"],
    ["a name that is a number", pickle(int(1), int(2), 0x93), "weights/pickle"],
    ["a truncated pickle", pickle(text("abc")).slice(0, -3), "weights/truncated"],
    ["a string that is too long", pickle(0x58, [1, 0, 16, 0]), "weights/pickle-limit"],
    ["an integer of 255 bytes", pickle(0x8a, 255), "weights/pickle-limit"],
    ["too many nested marks", pickle(Array<number>(1001).fill(MARK)), "weights/pickle-limit"],
    ["too many instructions", pickle(Array<number>(1_000_001).fill(NONE)), "weights/pickle-limit"],
    ["too many objects", pickle(Array<number>(150_001).fill(DICT)), "weights/pickle-limit"],
    ["too many memo entries", pickle(NONE, Array<number>(200_001).fill(MEMOIZE)), "weights/pickle-limit"],
    ["an object created by its class", pickle(global("m", "C"), 0x29, 0x81), "weights/pickle-instruction"],
    ["an instance of protocol 0", pickle("im\nC\n"), "weights/pickle-instruction"],
    ["a long integer with a length of four bytes", pickle(0x8b, [0, 0, 0, 0]), "weights/pickle-instruction"],
    ["an extension code", pickle(0x82, 1), "weights/pickle-instruction"],
  ])("rejects %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("names file, position and instruction in its error", () => {
    expect(() => read(pickle(NONE, 0x81))).toThrow(/^w\.bin, pickle at byte 3: instruction 0x81 is not supported/);
  });

  it("reads or rejects any sequence of supported instructions", () => {
    const known = Array.from("\x80\x95.(N\x88\x89JKM\x8aGXT\x8cU}])t\x85\x86\x87aesuqr\x94hjc\x93RQb", (c) =>
      c.charCodeAt(0),
    );
    const instruction = fc.oneof(fc.constantFrom(...known), fc.nat(3));
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 60 }), (body) => void codeOf(Uint8Array.from([...body, 0x2e]))),
      { numRuns: 5000 },
    );
  });

  it("returns values that contain themselves or each other without traversing them", () => {
    const doubled = Array.from({ length: 200 }, () => [0x71, 0, 0x68, 0, 0x68, 0, 0x86]).flat();
    expect(codeOf(pickle(NONE, doubled))).toBe("none");
    const itself = pickle(LIST, 0x71, 0, 0x68, 0, "a");
    const list = read(itself);
    expect(Array.isArray(list) && list[0] === list).toBe(true);
  });
});
