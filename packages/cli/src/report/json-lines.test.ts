import { describe, expect, it } from "vitest";
import { jsonLine } from "./json-lines.ts";

describe("jsonLine()", () => {
  it("writes keys in snake_case, and maps and typed arrays as plain ones", () => {
    const event = { type: "example", inputIds: Int32Array.of(1, 2), probabilities: new Map([["aB", 0.5]]) };
    expect(jsonLine(event)).toBe('{"type":"example","input_ids":[1,2],"probabilities":{"aB":0.5}}\n');
  });

  it("stays one line, whatever the text", () => {
    expect(jsonLine({ message: "a\nb 天" })).toBe('{"message":"a\\nb 天"}\n');
  });
});
