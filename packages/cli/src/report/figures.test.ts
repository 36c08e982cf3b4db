import { displayWidth } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barLine, formatTime } from "./figures.ts";

describe("formatTime()", () => {
  it("formats minutes and seconds, and hours only if there are any", () => {
    expect([0, 59.4, 61, 3599, 3661].map(formatTime)).toEqual(["0:00", "0:59", "1:01", "59:59", "1:01:01"]);
  });
});

describe("barLine()", () => {
  const figures = ["12/62", "loss 0.6500", "58 examples/s"];
  const line = (columns: number) => barLine("Iteration", 0.5, figures, columns);

  it("shortens the bar and leaves out the last figures in narrow terminals", () => {
    expect(line(80)).toBe(`Iteration ${"━".repeat(12)}${"╌".repeat(12)} 12/62  loss 0.6500  58 examples/s`);
    expect(line(60)).toBe(`Iteration ${"━".repeat(8)}${"╌".repeat(7)} 12/62  loss 0.6500  58 examples/s`);
    expect(line(40)).toBe(`Iteration ${"━".repeat(5)}${"╌".repeat(5)} 12/62  loss 0.6500`);
    expect(line(20)).toBe("Iteration 12/62");
  });

  it("always shows the first figure, and fits where possible", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: -1, max: 2 }), (columns, fraction) => {
        const text = barLine("Evaluating 验证", fraction, figures, columns);
        expect(text).toContain("12/62");
        if (columns > 21) expect(displayWidth(text)).toBeLessThan(columns);
      }),
    );
  });
});
