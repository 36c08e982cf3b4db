import { describe, expect, it } from "vitest";
import { canRedraw, widthOf } from "./terminal.ts";

const terminal = { write: () => true, isTTY: true, columns: 80 };

describe("canRedraw()", () => {
  it("is true for terminals, with and without colors", () => {
    for (const env of [{}, { TERM: "xterm" }, { NO_COLOR: "1" }, { CI: "" }, { CI: "false" }])
      expect(canRedraw(terminal, env)).toBe(true);
  });

  it("is false for pipes, for TERM=dumb, in CI systems, and without a known width", () => {
    expect(canRedraw({ write: () => true }, {})).toBe(false);
    for (const env of [{ TERM: "dumb" }, { CI: "true" }, { CI: "1" }]) expect(canRedraw(terminal, env)).toBe(false);
    expect(canRedraw({ ...terminal, columns: 0 }, {})).toBe(false);
  });
});

describe("widthOf()", () => {
  it("is 80 if the terminal does not know its width", () => {
    expect([{ ...terminal, columns: 0 }, { write: terminal.write }, terminal].map(widthOf)).toEqual([80, 80, 80]);
  });
});
