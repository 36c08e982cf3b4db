import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { root } from "./sources.ts";

const [, section = ""] = readFileSync(`${root}README.md`, "utf8").split("## What it promises\n");
const rows = section
  .split("\n## ")[0]!
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"));

it("the README promises something", () => {
  expect(rows.length).toBeGreaterThan(10);
});

it.each(rows)("what the README promises has its test: %s", (row) => {
  const [, name, path] = /\| \[([^\]]+)\]\(([^)]+\.test\.ts)\) \|$/.exec(row) ?? [];
  expect(existsSync(root + path)).toBe(true);
  // Titles of tests are texts at the beginning of a line, or of what is in brackets.
  const titles = readFileSync(root + path, "utf8").matchAll(/(?:^ *|\()"(?<title>[^"]*)",/gm);
  expect(Array.from(titles, ({ groups }) => groups!.title!).filter((title) => title.includes(name!))).not.toEqual([]);
});
