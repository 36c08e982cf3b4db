import { describe, expect, it } from "vitest";
import { createLiveRegion } from "./live-region.ts";

/** A minimal terminal emulator, which supports moving the cursor up and erasing below it. */
function createTerminal(columns: number) {
  let lines = [""];
  return {
    columns,
    write(text: string) {
      const control = String.fromCharCode(27);
      for (const part of text.split(new RegExp(`(${control}\\[\\d+[A-Z])`))) {
        const [, count, command] = part.match(/^.\[(\d+)([A-Z])$/) ?? [];
        if (command === "F") lines = [...lines.slice(0, lines.length - 1 - Number(count)), ""];
        else if (command === undefined) lines = (lines.join("\n") + part).split("\n");
      }
    },
    screen: () => lines,
  };
}

describe("createLiveRegion()", () => {
  it("prints the log above the region, and redraws the region below the log", () => {
    const terminal = createTerminal(80);
    const region = createLiveRegion(terminal);
    region.print(["one"]);
    region.draw(["bar 1", "bar 2"]);
    region.print(["two", "three"]);
    region.draw(["bar 3", "bar 4"]);
    expect(terminal.screen()).toEqual(["one", "two", "three", "bar 3", "bar 4", ""]);
    region.draw([]);
    expect(terminal.screen()).toEqual(["one", "two", "three", ""]);
  });

  it("erases lines that the terminal wrapped when it became narrower", () => {
    const written: string[] = [];
    const stream = { columns: 41, write: (text: string) => written.push(text) };
    const region = createLiveRegion(stream);
    region.draw(["x".repeat(40), "short"]);
    stream.columns = 20;
    region.print(["log"]);
    expect(written.at(-1)).toBe(`\u001b[3F\u001b[0Jlog\n${"x".repeat(18)}…\nshort\n`);
    region.draw([]);
    expect(written.at(-1)).toBe("\u001b[2F\u001b[0J");
    region.draw([]);
    expect(written).toHaveLength(3);
  });

  it("truncates lines that would wrap", () => {
    const terminal = createTerminal(5);
    createLiveRegion(terminal).draw(["123456789"]);
    expect(terminal.screen()).toEqual(["123…", ""]);
  });
});
