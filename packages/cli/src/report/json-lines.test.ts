import { describe, expect, it } from "vitest";
import { jsonLine } from "./json-lines.ts";

describe("jsonLine()", () => {
  it("writes keys in snake_case, maps as objects and typed arrays as arrays", () => {
    const event = { type: "example", inputIds: Int32Array.of(1, 2), probabilities: new Map([["aB", 0.5]]) };
    expect(jsonLine(event)).toBe('{"type":"example","input_ids":[1,2],"probabilities":{"aB":0.5}}\n');
  });

  it("escapes line breaks, so that the output is one line", () => {
    expect(jsonLine({ message: "a\nb 天" })).toBe('{"message":"a\\nb 天"}\n');
  });
});
