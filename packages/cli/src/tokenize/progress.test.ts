import { describe, expect, it } from "vitest";
import { createProgress, progressLine } from "./progress.ts";

const counts = { records: 1000, tokens: 5000, bytes: 50e6, invalid: 0, stored: 20e6 };

describe("progressLine()", () => {
  it("shows the fraction read, the remaining time, and the speed in bytes of text", () => {
    const line = progressLine(counts, 80e6, 2, 100);
    expect(line).toMatch(/^Tokenizing ━+╌+ 20\.0 MB\/80\.0 MB {2}0:06 left {2}25\.0 MB\/s {2}1000 records$/);
  });

  it("shows no remaining time if the total size is unknown", () => {
    expect(progressLine(counts, undefined, 2, 100)).toBe("Tokenizing 50.0 MB  25.0 MB/s  1000 records");
  });
});

describe("createProgress()", () => {
  it("writes nothing if the stream is not a terminal", () => {
    const written: string[] = [];
    const progress = createProgress({ write: (text) => written.push(text) }, 80e6, {});
    progress.show(counts);
    progress.finish(counts);
    expect(written).toEqual([]);
  });

  it("writes only the summary, without control codes, to a terminal that cannot redraw", () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), isTTY: true, columns: 200 };
    const progress = createProgress(stream, 80e6, { TERM: "dumb" });
    progress.show(counts);
    progress.finish(counts);
    expect(written).toEqual([expect.stringMatching(/^1000 records, .*\n$/)]);
    expect(written.join("")).not.toContain("\u001b");
  });

  it("leaves a summary line on a terminal", () => {
    const written: string[] = [];
    const progress = createProgress({ write: (text) => written.push(text), isTTY: true, columns: 200 }, 80e6, {});
    progress.show(counts);
    progress.finish(counts);
    expect(written.at(-1)).toMatch(/1000 records, 5000 tokens, 50\.0 MB in \d+:\d\d \(.* MB\/s\)\n$/);
  });
});
