import { expect, it } from "vitest";
import { libraries, shippedSources } from "./sources.ts";

const NAMED = /export (?:type )?\{([^}]*)\} from/g;
const ALL = /export \* from "(?:\.\/)?([^"]+)"/g;

/** Returns the names that a package's index exports as values, without types. */
function exportedValues(index: string): string[] {
  return [...index.matchAll(NAMED)]
    .filter(([statement]) => !statement.startsWith("export type"))
    .flatMap(([, names]) => names!.split(",").map((name) => name.trim()))
    .filter((name) => name !== "" && !name.startsWith("type "))
    .map((name) => name.split(" as ")[0]!);
}

it.each(libraries.filter((name) => name !== "cli" && name !== "bertie"))(
  "every function and class that %s exports has an example",
  (name) => {
    const sources = shippedSources(name);
    const index = sources.find(({ path }) => path.endsWith("/src/index.ts"))!.text;
    const all = [...index.matchAll(ALL)].map(([, path]) => `packages/${name}/src/${path}`);
    const values = new Set(exportedValues(index));
    const missing = sources.flatMap(({ path, text }) => {
      const declared = text.matchAll(
        /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:async )?(?:function\*?|class) (\w+)/g,
      );
      return [...declared]
        .filter(([, , declaration]) => values.has(declaration!) || all.includes(path))
        .filter(([, docstring = ""]) => !docstring.includes("```ts"))
        .map(([, , declaration]) => `${path}: ${declaration}`);
    });
    expect(values.size + all.length).toBeGreaterThan(1);
    expect(missing).toEqual([]);
  },
);
