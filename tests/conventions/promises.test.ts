import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";
import { root } from "./sources.ts";

const PAGE = "docs/promises.md";

const rows = readFileSync(root + PAGE, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"));

it(`${PAGE} has rows`, () => {
  expect(rows.length).toBeGreaterThan(10);
});

it.each(rows)(`${PAGE} names an existing test: %s`, (row) => {
  const [, name, link] = /\| \[([^\]]+)\]\((\.\.\/[^)]+\.(?:test\.ts|demo\.js))\) \|$/.exec(row) ?? [];
  expect(link).toBeDefined();
  const path = root + posix.join(posix.dirname(PAGE), link!);
  expect(existsSync(path)).toBe(true);
  // A test title is a string at the beginning of a line, or directly after an opening parenthesis.
  const titles = readFileSync(path, "utf8").matchAll(/(?:^ *|\()"(?<title>[^"]*)",/gm);
  expect(Array.from(titles, ({ groups }) => groups!.title!).filter((title) => title.includes(name!))).not.toEqual([]);
});
