import { resolve } from "node:path";
import { isRemote } from "@bertie/common";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { kebabCase } from "../options/table.ts";

export function isPath(name: string): boolean {
  return Object.hasOwn(runOptions, name) && runOptions[name as keyof RunOptions].kind.startsWith("path");
}

/** Returns the command-line flag of an option, for messages. */
export function optionFlag(name: string): string {
  return `--${kebabCase(name)}`;
}

/** Names of models on the Hugging Face Hub with their commits. */
const PINNED_MODEL = /^[^/]+(\/[^/]+)?@[0-9a-f]{40}$/;

/** Returns options as a checkpoint records them: with absolute paths, so that a run can be resumed from any directory. */
export function recordedOptions(options: RunOptions): Partial<RunOptions> {
  const entries = Object.entries(options).filter(([name]) => name !== "writePlan" && name !== "stopAfter");
  return Object.fromEntries(entries.map(([name, value]) => [name, isPath(name) ? absolute(value) : value]));
}

function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "string" || value === "-" || isRemote(value) || PINNED_MODEL.test(value)) return value;
  return resolve(value);
}
