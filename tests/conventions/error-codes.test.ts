import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { packages, root, shippedSources } from "./sources.ts";

const PAGE = "docs/reference/errors.md";

/** The sources of every package without comments, which mention codes that a caller throws. */
const sources = packages
  .flatMap(shippedSources)
  .map(({ text }) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, ""));

/** The groups of codes: the part before the slash. Helpers such as `zipFault("weights/zip", …)` use the same groups. */
const groups = new Set(
  sources.flatMap((text) => [...text.matchAll(/\bBertieError\(\s*"([a-z]+)\//g)].map(([, group]) => group!)),
);

const thrownCodes = new Set(
  sources
    .flatMap((text) => [...text.matchAll(/"(?<code>(?<group>[a-z]+)\/[a-z0-9-]+)"/g)])
    .filter((match) => groups.has(match.groups!.group!))
    .map((match) => match.groups!.code!),
);

interface Heading {
  readonly level: string;
  readonly name: string;
}

function headingsOf(path: string): Heading[] {
  const page = readFileSync(root + path, "utf8");
  return [...page.matchAll(/^(?<level>##|###) `?(?<name>[a-z0-9/-]+)`?$/gm)].map(({ groups }) => ({
    level: groups!.level!,
    name: groups!.name!,
  }));
}

const headings = headingsOf(PAGE);

it("error codes are literals, so that they can be searched for", () => {
  expect(sources.filter((text) => /\bBertieError\(\s*`/.test(text))).toEqual([]);
  expect(thrownCodes.size).toBeGreaterThan(100);
});

it(`${PAGE} has one heading for each error code in the sources`, () => {
  const described = headings.filter(({ level }) => level === "###").map(({ name }) => name);
  expect(described.toSorted()).toEqual([...thrownCodes].toSorted());
});

it(`${PAGE} lists each code under the heading of its group`, () => {
  let group: string | undefined;
  for (const { level, name } of headings) {
    if (level === "##") group = name;
    else expect(name.split("/")[0]).toBe(group);
  }
});

it("the Chinese page has the same headings", () => {
  expect(headingsOf("docs/zh/reference/errors.md")).toEqual(headings);
});
