import { posix } from "node:path";
import { importsOf, type Source } from "./sources.ts";

/** The files that each file imports, including imports of types. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Builds the graph of the relative imports between the given files. Imports of other files are ignored. */
export function importGraph(sources: readonly Source[]): ImportGraph {
  const known = new Set(sources.map(({ path }) => path));
  return new Map(
    sources.map((source) => {
      const relative = importsOf(source).filter(({ specifier }) => specifier.startsWith("."));
      const imported = relative.map(({ specifier }) => posix.join(posix.dirname(source.path), specifier));
      return [source.path, [...new Set(imported)].filter((path) => known.has(path))];
    }),
  );
}

/** Returns one cycle for every import that closes a cycle, as the path from a file back to itself. */
export function importCycles(graph: ImportGraph): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const visit = (file: string, importers: readonly string[]): void => {
    const start = importers.indexOf(file);
    if (start >= 0) cycles.push([...importers.slice(start), file]);
    if (start >= 0 || finished.has(file)) return;
    for (const imported of graph.get(file) ?? []) visit(imported, [...importers, file]);
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}
