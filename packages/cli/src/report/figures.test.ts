import { describe, expect, it } from "vitest";
import { formatTime } from "./figures.ts";

describe("formatTime()", () => {
  it("formats minutes and seconds, and hours only if there are any", () => {
    expect([0, 59.4, 61, 3599, 3661].map(formatTime)).toEqual(["0:00", "0:59", "1:01", "59:59", "1:01:01"]);
  });
});
