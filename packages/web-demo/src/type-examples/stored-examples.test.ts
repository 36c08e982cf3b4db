import { describe, expect, it } from "vitest";
import { examplesOf, linesOf, tableOf } from "./stored-examples.ts";

const form = (...classes: { name: string; lines: string }[]) => ({ language: "en", classes }) as const;

describe("examplesOf()", () => {
  it("trims names and texts, and leaves out blank lines", () => {
    const classes = [
      { name: " a ", lines: "one\r\n\n two " },
      { name: "b", lines: "three" },
    ];
    expect(examplesOf(form(...classes)).classes).toEqual([
      { name: "a", texts: ["one", "two"] },
      { name: "b", texts: ["three"] },
    ]);
  });

  it.each([
    ["examples.fault.unnamed", { name: " ", lines: "x" }],
    ["examples.fault.name", { name: "a ", lines: "x" }],
    ["examples.fault.few", { name: "b", lines: " \n\t" }],
  ])("throws %s", (key, second) => {
    expect(() => examplesOf(form({ name: "a", lines: "x" }, second))).toThrow(expect.objectContaining({ key }));
  });
});

it("tableOf() writes a header and one row per example, without tabs in the cells", () => {
  const examples = examplesOf(form({ name: "a", lines: "one\ttwo" }, { name: "b", lines: "three" }));
  expect(tableOf(examples)).toBe("label\ttext\na\tone two\nb\tthree\n");
});

it("linesOf() counts an empty box as no lines", () => {
  expect(linesOf(" \n ")).toEqual([]);
});
