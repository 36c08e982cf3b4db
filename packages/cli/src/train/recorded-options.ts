import { resolve } from "node:path";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { kebabCase } from "../options/table.ts";

export function isPath(name: string): boolean {
  return Object.hasOwn(runOptions, name) && runOptions[name as keyof RunOptions].kind === "path";
}

/** What messages call an option. */
export function optionFlag(name: string): string {
  return `--${kebabCase(name)}`;
}

/** Options as a checkpoint records them: paths do not depend on the working directory. */
export function keptOptions(options: RunOptions): Partial<RunOptions> {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isPath(name) && typeof value === "string" ? resolve(value) : value]),
  );
}
