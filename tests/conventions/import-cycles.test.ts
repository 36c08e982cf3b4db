import { describe, expect, it } from "vitest";
import { importCycles, importGraph } from "./import-graph.ts";
import { filesUnder, packages } from "./sources.ts";

it.each([...packages.map((name) => `packages/${name}`), "tests", "scripts", "bench"])(
  "%s has no import cycle",
  (folder) => {
    const cycles = importCycles(importGraph(filesUnder(folder, /\.[jt]s$/)));
    expect(cycles.map((files) => files.join(" → "))).toEqual([]);
  },
);

describe("importCycles()", () => {
  const cyclesOf = (files: Readonly<Record<string, string>>) =>
    importCycles(importGraph(Object.entries(files).map(([path, text]) => ({ path, text }))));

  it("finds a cycle through type imports, dynamic imports and re-exports", () => {
    const files = {
      "src/start.ts": 'import { a } from "./a/a.ts";',
      "src/a/a.ts": 'import type { B } from "../b.ts";',
      "src/b.ts": 'const c = await import("./c.ts");',
      "src/c.ts": 'export * from "./a/a.ts";',
    };
    expect(cyclesOf(files)).toEqual([["src/a/a.ts", "src/b.ts", "src/c.ts", "src/a/a.ts"]]);
  });

  it("finds a file that imports itself", () => {
    expect(cyclesOf({ "a.ts": 'import type { A } from "./a.ts";' })).toEqual([["a.ts", "a.ts"]]);
  });

  it("finds one cycle for every import that closes a cycle", () => {
    const files = {
      "a.ts": 'import "./b.ts"; // both directions\nimport "./c.ts";',
      "b.ts": 'import "./a.ts";',
      "c.ts": 'import "./a.ts";',
    };
    expect(cyclesOf(files)).toEqual([
      ["a.ts", "b.ts", "a.ts"],
      ["a.ts", "c.ts", "a.ts"],
    ]);
  });

  it("ignores packages and imports in comments, and accepts two paths to the same file", () => {
    const files = {
      "a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "b.ts": 'import "./c.ts";',
      "c.ts": 'import { z } from "z";\n// import "./a.ts";\n/* import "./b.ts"; */',
    };
    expect(cyclesOf(files)).toEqual([]);
  });
});
