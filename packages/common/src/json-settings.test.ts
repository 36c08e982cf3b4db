import { describe, expect, it } from "vitest";
import { jsonSettings } from "./json-settings.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("jsonSettings()", () => {
  it("returns numbers, strings, booleans and null, keeps the last duplicate, and skips a byte order mark", () => {
    const json = '\uFEFF{"a":1,"b":"中","c":true,"d":null,"a":2,"__proto__":3}';
    expect(Object.entries(jsonSettings(bytes(json)))).toEqual([
      ["a", 2],
      ["b", "中"],
      ["c", true],
      ["d", null],
      ["__proto__", 3],
    ]);
  });

  it("replaces nested and very long values with empty objects, however deep they are", () => {
    const json = `{"a":[1],"b":${"[".repeat(1e6)}${"]".repeat(1e6)},"c":"${"x".repeat(1 << 16)}","d":7}`;
    expect(jsonSettings(bytes(json))).toEqual({ a: {}, b: {}, c: {}, d: 7 });
  });

  it("parses the nested values of some keys, unless they are long or deep", () => {
    const deep = `${"[".repeat(1001)}${"]".repeat(1001)}`;
    const json = `{"a":{"b":[1,"x"]},"c":[1],"d":${deep},"e":["${"x".repeat(1 << 16)}"]}`;
    expect(jsonSettings(bytes(json), ["a", "d", "e"])).toEqual({ a: { b: [1, "x"] }, c: {}, d: {}, e: {} });
    expect(() => jsonSettings(bytes('{"a":[tru]}'), ["a"])).toThrow(SyntaxError);
  });

  it.each(["", "[]", "7", "{", '{"a":}', '{"a":tru}'])("rejects %j", (json) => {
    expect(() => jsonSettings(bytes(json))).toThrow(SyntaxError);
  });
});
