import { basename, extname, join } from "node:path";
import { BertieError, didYouMean } from "@bertie/common";
import { parseConfigFile, unknownOption } from "../options/config-file.ts";
import { readValue } from "../options/read-value.ts";
import { type RunOptions, runOptions } from "../options/run-options.ts";
import { camelCase, kebabCase, type OptionSpec } from "../options/table.ts";
import type { Budget } from "./halving.ts";
import { type Assignment, type Choices, isList, type Range, type SearchSpace } from "./search-space.ts";
import { type SweepOptions, sweepOptions } from "./sweep-options.ts";

/** Contents of a sweep file, checked. */
export interface SweepFile {
  readonly options: SweepOptions & { readonly outputDir: string };
  /** Options of all runs. */
  readonly run: Assignment;
  readonly space: SearchSpace;
  /** Section that the space comes from. */
  readonly section: "grid" | "random";
  /** Budget of successive halving; undefined for other strategies. */
  readonly budget: Budget | undefined;
}

const SECTIONS = ["run", "grid", "random", "halving"];

/** Options that the sweep sets itself. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["outputDir", "overwriteOutputDir", "resume", "resumeAnyway", "dryRun", "seeds", "json"],
  ...["writePlan", "stopAfter"],
]);

/**
 * Reads a sweep file: options of the sweep, and the sections [run], [grid] or [random], and [halving].
 *
 * @param typed options on the command line, which take precedence, and their names
 * @param suggest returns a suggestion for an unknown option of `bertie train`, or an empty string
 * @throws BertieError "options/sweep", "options/unknown", "options/value" or "options/range"
 */
export async function readSweepFile(
  path: string,
  typed: { readonly options: SweepOptions; readonly given: ReadonlySet<string> },
  suggest: (name: string) => string,
): Promise<SweepFile> {
  const file = await parseConfigFile(path);
  const sections = new Map(SECTIONS.map((name) => [name, sectionOf(file, name, path)]));
  const settings: Record<string, unknown> = { ...typed.options };
  for (const [key, value] of Object.entries(file)) {
    if (sections.has(key)) continue;
    const name = camelCase(key);
    const source = `${key} in ${path}`;
    const spec = Object.hasOwn(sweepOptions, name) ? sweepOptions[name as keyof SweepOptions] : undefined;
    if (spec === undefined) throw unknownSetting(source, kebabCase(name));
    const checked = readValue(spec, value, source);
    if (!typed.given.has(name)) settings[name] = checked;
  }
  const options = settings as SweepOptions;
  const optionOf = (name: string, section: string) => readOption(name, `[${section}] in ${path}`, suggest);
  const run = Object.fromEntries(
    Object.entries(sections.get("run") ?? {}).map(([key, value]) => {
      const { name, spec, source } = optionOf(key, "run");
      return [name, readValue(spec, value, source)];
    }),
  );
  const section = sectionOfStrategy(options, sections, path);
  const space = new Map<string, Choices>();
  for (const [key, value] of Object.entries(sections.get(section) ?? {})) {
    const { name, spec, source } = optionOf(key, section);
    if (name in run) throw invalid(`${source} is also in [run]. Remove one of the two.`);
    space.set(name, readChoices(value, spec, source, section));
  }
  if (space.size === 0) throw invalid(`${path}: [${section}] has no options to vary. Add one, such as learning-rate.`);
  const budget =
    options.strategy === "halving" || (options.strategy === undefined && sections.get("halving"))
      ? sections.get("halving")
      : undefined;
  if (options.strategy === "halving" && budget === undefined)
    throw invalid(`${path}: the strategy halving needs a section [halving] with option, min and max.`);
  return {
    options: { ...options, outputDir: options.outputDir ?? join("runs", basename(path, extname(path))) },
    ...{ run, space, section },
    budget: budget && readBudget(budget, path, suggest, new Set([...Object.keys(run), ...space.keys()])),
  };
}

function sectionOf(file: Record<string, unknown>, name: string, path: string): Record<string, unknown> | undefined {
  const value = file[name];
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${path}: ${name} must be a section. Write [${name}], and its options below it.`);
}

function unknownSetting(source: string, name: string): BertieError {
  const isRunOption = Object.hasOwn(runOptions, camelCase(name));
  const advice = isRunOption
    ? " It is an option of the runs: move it to [run], or to [grid] with a list of values."
    : didYouMean(name, [...Object.keys(sweepOptions).map(kebabCase), ...SECTIONS]);
  return new BertieError("options/unknown", `${source}: unknown option of a sweep.${advice}`);
}

function readOption(key: string, where: string, suggest: (name: string) => string) {
  const name = camelCase(key);
  const source = `${key} in ${where}`;
  if (RESERVED.has(name)) throw invalid(`${source}: the sweep sets this option itself. Remove it.`);
  if (!Object.hasOwn(runOptions, name)) throw unknownOption(source, suggest(kebabCase(name)));
  const spec: OptionSpec = runOptions[name as keyof RunOptions];
  return { name: kebabCase(name), spec, source };
}

/** Returns the section to vary: the one that the strategy names, or that exists. */
function sectionOfStrategy(
  { strategy }: SweepOptions,
  sections: ReadonlyMap<string, Record<string, unknown> | undefined>,
  path: string,
): "grid" | "random" {
  const existing = (["grid", "random"] as const).filter((name) => sections.get(name) !== undefined);
  if (strategy === "grid" || strategy === "random") {
    if (existing.includes(strategy)) return strategy;
    throw invalid(`${path}: the strategy ${strategy} needs a section [${strategy}] with the options to vary.`);
  }
  const [only] = existing;
  if (existing.length === 1 && only !== undefined) return only;
  throw invalid(
    existing.length === 0
      ? `${path}: no options to vary. Add a section [grid] with lists of values, or [random] with lists or ranges.`
      : `${path}: [grid] and [random] are both given. Remove one of them, or set strategy.`,
  );
}

function readChoices(value: unknown, spec: OptionSpec, source: string, section: string): Choices {
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid(`${source} is an empty list. Add values, or remove it.`);
    return value.map((each: unknown) => readValue(spec, each, source));
  }
  if (typeof value === "object" && value !== null && section === "random")
    return readRange(value as Record<string, unknown>, spec, source);
  const example = section === "grid" ? "[1e-5, 5e-5]" : '[1e-5, 5e-5] or { min = 1e-5, max = 1e-3, scale = "log" }';
  throw invalid(
    `${source} must be ${section === "grid" ? "a list of values" : "a list or a range"}, such as ${example}.`,
  );
}

function readRange(given: Record<string, unknown>, spec: OptionSpec, source: string): Range {
  if (spec.kind !== "integer" && spec.kind !== "number")
    throw invalid(`${source} is not a number, so it has no range. Write a list of values.`);
  const unknown = Object.keys(given).find((key) => !["min", "max", "scale"].includes(key));
  if (unknown !== undefined) throw invalid(`${unknown} of ${source}: expected min, max and scale.`);
  const { scale = "linear" } = given;
  if (scale !== "linear" && scale !== "log") throw invalid(`scale of ${source}: expected "linear" or "log".`);
  const [min, max] = [given.min, given.max].map((value) => readValue(spec, value, `min or max of ${source}`) as number);
  if (min! >= max!) throw invalid(`${source}: min is ${min}, but must be less than max, which is ${max}.`);
  if (scale === "log" && min! <= 0)
    throw invalid(`${source}: min is ${min}, but must be greater than 0 for scale "log".`);
  return { min: min!, max: max!, scale, integer: spec.kind === "integer" };
}

function readBudget(
  given: Record<string, unknown>,
  path: string,
  suggest: (name: string) => string,
  used: ReadonlySet<string>,
): Budget {
  const { option = "num-train-epochs", min, max, factor = 2, ...others } = given;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`${other} in [halving] in ${path}: expected option, min, max and factor.`);
  const { name, spec, source } = readOption(String(option), `[halving] in ${path}`, suggest);
  if (spec.kind !== "integer" && spec.kind !== "number")
    throw invalid(`option in [halving] in ${path} is ${name}, but must be a number, such as num-train-epochs.`);
  if (used.has(name)) throw invalid(`${source} is the budget, so it must not be in another section.`);
  if (typeof factor !== "number" || !(factor > 1) || !Number.isFinite(factor))
    throw invalid(`factor in [halving] in ${path} is ${JSON.stringify(factor)}, but must be greater than 1.`);
  const [low, high] = [min, max].map((value) => readValue(spec, value, `min or max in [halving] in ${path}`) as number);
  if (!(low! > 0 && low! < high!))
    throw invalid(
      `[halving] in ${path}: min is ${low}, but must be greater than 0 and less than max, which is ${high}.`,
    );
  return { option: name, min: low!, max: high!, factor, integer: spec.kind === "integer" };
}

/** Returns the values of an option that vary, for labels: a list, or the ends of a range. */
export function describeChoices(choices: Choices): string {
  if (isList(choices)) return choices.map(String).join(", ");
  return `${choices.min} to ${choices.max}${choices.scale === "log" ? ", log scale" : ""}`;
}

function invalid(text: string): BertieError {
  return new BertieError("options/sweep", text);
}
