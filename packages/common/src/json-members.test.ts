import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonString, jsonMembers } from "./json-members.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (json: Uint8Array) => new TextDecoder().decode(json);
const members = (json: string) => Array.from(jsonMembers(bytes(json)), ([key, value]) => [key, text(value)]);

describe("jsonMembers()", () => {
  it("yields every key with its value in order, including duplicate keys", () => {
    const json = ' { "a" : [1, {"b": "}]\\"" } ] ,"\\u0061":"x,y" , "中":{} } ';
    expect(members(json)).toEqual([
      ["a", '[1, {"b": "}]\\"" } ]'],
      ["a", '"x,y"'],
      ["中", "{}"],
    ]);
    expect(members("{}\n")).toEqual([]);
  });

  it("yields the same keys and values as JSON.parse for any object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), fc.nat(2), (object, indent) => {
        const parsed = members(JSON.stringify(object, null, indent)).map(([key, value]) => [key, JSON.parse(value!)]);
        expect(parsed).toEqual(Object.entries(JSON.parse(JSON.stringify(object)) as object));
      }),
    );
  });

  it.each(["", "[]", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{1:2}", '{"a" 1}', '{"a":"}', "{} {}", '{"\\q":1}'])(
    "rejects %j",
    (json) => {
      expect(() => members(json)).toThrow(SyntaxError);
    },
  );

  it("rejects a key longer than 64 KiB", () => {
    expect(() => members(`{"${"x".repeat(1 << 16)}":1}`)).toThrow(/expected a key of at most 65536 bytes, found 65538/);
  });
});

describe("isJsonString()", () => {
  it("accepts strings and rejects other values", () => {
    const accepted = (texts: string[]) => texts.filter((json) => isJsonString(bytes(json)));
    const strings = ['"a"', '""', '"\\""', '"\\\\"', '"\\u00e9 中"'];
    expect(accepted(strings)).toEqual(strings);
    expect(accepted(["1", '{"a":1}', '"a""b"', '"\u0001"', "", '"\\q"', '"\\u00g0"', '"\\u00"'])).toEqual([]);
  });

  it("accepts every string that JSON.stringify writes", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => isJsonString(bytes(JSON.stringify(value)))));
  });
});
