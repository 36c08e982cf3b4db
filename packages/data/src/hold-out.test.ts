import { describe, expect, it } from "vitest";
import { holdOut } from "./hold-out.ts";

const examples = Array.from({ length: 50 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, label: i % 2 ? "b" : "a" }));

describe("holdOut()", () => {
  it("holds out at most a fifth, and puts every row into exactly one set", () => {
    const { labels, train, heldOut } = holdOut("a.tsv", examples, { rows: 1000, heldOut: 30 });
    expect(labels).toEqual(["a", "b"]);
    expect([train.length, heldOut.length]).toEqual([40, 10]);
    expect(new Set([...train, ...heldOut].map(({ guid }) => guid)).size).toBe(50);
  });

  it("rejects a single label, too many labels, and too few rows", () => {
    const same = examples.filter(({ label }) => label === "a");
    expect(() => holdOut("a.tsv", same, { rows: 9, heldOut: 9 })).toThrow(
      "expected at least 2 different labels, found 1",
    );
    const ids = Array.from({ length: 200 }, (_, i) => ({ guid: `${i}`, textA: "a", label: `${i}` }));
    expect(() => holdOut("a.tsv", ids, { rows: 9, heldOut: 9 })).toThrow("at most 100 different labels, found 200");
    expect(() => holdOut("a.tsv", examples.slice(0, 4), { rows: 9, heldOut: 9 })).toThrow("at least 5 rows");
  });
});
