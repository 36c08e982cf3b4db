import { describe, expect, it } from "vitest";
import { canRedraw, displayWidth, truncateToWidth, widthOf } from "./terminal.ts";

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

describe("displayWidth()", () => {
  it("counts Chinese characters and emoji twice, and combining marks not at all", () => {
    expect(["abc", "验证", "。", "e\u0301", "👍", "𠀀", ""].map(displayWidth)).toEqual([3, 4, 2, 1, 2, 2, 0]);
  });
});

describe("truncateToWidth()", () => {
  it("cuts between characters, and marks the cut", () => {
    expect(truncateToWidth("abcdef", 6)).toBe("abcdef");
    expect(truncateToWidth("abcdef", 5)).toBe("abcd…");
    expect(truncateToWidth("验证集合", 6)).toBe("验证…");
    expect(truncateToWidth("abc", 1)).toBe("…");
    expect(truncateToWidth("abc", 0)).toBe("");
  });
});
