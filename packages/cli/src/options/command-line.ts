import { BertieError } from "@bertie/common";
import { type Command, Option } from "commander";
import { SET_FALSE } from "./arguments.ts";
import { type GivenOptions, readConfigFile } from "./config-file.ts";
import { readValue } from "./read-value.ts";
import {
  kebabCase,
  type OptionGroup,
  type OptionSpec,
  type OptionTable,
  type OptionValues,
  optionGroups,
} from "./table.ts";
import { suggestOption, usageMessage } from "./usage-errors.ts";

/** Options of a command, resolved from the command line, the `--config` file and the defaults. */
export interface Resolved<T extends OptionTable> {
  readonly options: OptionValues<T>;
  /** Names of the options that the user has set, on the command line or in a file. */
  readonly given: ReadonlySet<keyof T>;
  /** Names of the options that the user has set on the command line. */
  readonly onCommandLine: ReadonlySet<keyof T>;
}

const CONFIG = "config";
const PLACEHOLDERS = {
  text: "name",
  path: "path",
  texts: "name",
  paths: "path",
  integer: "n",
  number: "x",
  choice: "name",
};

/**
 * Adds the options of a table to a command, and `--config FILE`, which can contain any of them. `--help` lists them by
 * group, without the groups in `unlisted`. Usage errors get suggestions.
 */
export function addOptions(command: Command, table: OptionTable, unlisted: readonly OptionGroup[] = []): Command {
  const groupOf = new Map(optionGroups.map((group, i) => [group, i]));
  const entries = Object.entries(table).toSorted(([, a], [, b]) => groupOf.get(a.group)! - groupOf.get(b.group)!);
  for (const [name, spec] of entries) command.addOption(toOption(name, spec).hideHelp(unlisted.includes(spec.group)));
  return suggestOnErrors(
    command
      .addOption(
        new Option(
          "--config <file>",
          "Read options from a .toml or .json file, whose keys are option names, such as learning-rate; the command line takes precedence",
        ).helpGroup(heading("General")),
      )
      .addOption(new Option(`--${SET_FALSE} <flag...>`).hideHelp())
      .addHelpOption(new Option("-h, --help", "Show this help").helpGroup(heading("General"))),
  );
}

/** Makes a command report usage errors as a `BertieError` with a suggestion, and returns the command. */
export function suggestOnErrors(command: Command): Command {
  return command.showSuggestionAfterError(false).exitOverride((error) => {
    if (error.exitCode === 0 || error.code === "commander.help") throw error;
    throw new BertieError("options/usage", usageMessage(command, error), { cause: error });
  });
}

/**
 * Resolves a command's options. The command line takes precedence over the `--config` file, which takes precedence
 * over the defaults.
 *
 * @throws BertieError "options/…"
 */
export async function resolveOptions<T extends OptionTable>(command: Command, table: T): Promise<Resolved<T>> {
  const configFile: unknown = command.getOptionValue(CONFIG);
  const suggest = (name: string) => suggestOption(command, name);
  const fromFile: GivenOptions =
    typeof configFile === "string" ? await readConfigFile(table, configFile, suggest) : new Map();
  const typed = new Map(
    Object.entries(table).flatMap(([name, spec]) => {
      const choice = fromCommandLine(command, name, spec);
      return choice === undefined ? [] : [[name, choice] as const];
    }),
  );
  return { ...resolveGiven(table, new Map([...fromFile, ...typed])), onCommandLine: new Set(typed.keys()) };
}

/**
 * Checks given options, and completes them with the defaults.
 *
 * @throws BertieError "options/value" or "options/range"
 */
export function resolveGiven<T extends OptionTable>(table: T, choices: GivenOptions): Resolved<T> {
  const options: Record<string, unknown> = {};
  const given = new Set<string>();
  for (const [name, spec] of Object.entries(table)) {
    const choice = choices.get(name);
    if (choice !== undefined) given.add(name);
    options[name] = choice === undefined ? defaultOf(spec) : readValue(spec, choice.value, choice.source);
  }
  return { options: options as OptionValues<T>, given, onCommandLine: new Set() };
}

function toOption(name: string, spec: OptionSpec): Option {
  const flag = `--${kebabCase(name)}`;
  const option = new Option(`${flag}${argumentOf(spec)}`, spec.help + notesOf(spec)).helpGroup(heading(spec.group));
  // Only for --help: normalizeArguments() rewrites --no-header, so that the parser never sees it.
  if (spec.kind === "switch") option.flags = `${flag}, --no-${kebabCase(name)}`;
  if (spec.kind === "paths" || spec.kind === "texts")
    option.argParser((value, before: readonly string[] = []) => [...before, value]);
  return option;
}

function heading(group: OptionGroup): string {
  return `${group}:`;
}

function argumentOf(spec: OptionSpec): string {
  if (spec.kind === "flag" || spec.kind === "switch") return "";
  const name = spec.argument ?? PLACEHOLDERS[spec.kind];
  return "optional" in spec ? ` [${name}]` : ` <${name}>`;
}

/** Returns the choices and the default in parentheses, as in ` (choices: fail, skip; default: fail)`. */
function notesOf(spec: OptionSpec): string {
  const fallback = "default" in spec ? formatDefault(spec.default) : spec.defaultText;
  const notes = [
    ...(spec.kind === "choice" ? [`choices: ${spec.choices.join(", ")}`] : []),
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
  ];
  return notes.length === 0 ? "" : ` (${notes.join("; ")})`;
}

function formatDefault(value: string | number | undefined): string | undefined {
  return typeof value === "number" && value > 0 && value < 1e-3 ? value.toExponential() : value?.toString();
}

function fromCommandLine(command: Command, name: string, spec: OptionSpec) {
  const option = toOption(name, spec);
  const source = `--${kebabCase(name)}`;
  const unset: unknown = command.getOptionValue("setFalse");
  if (Array.isArray(unset) && unset.includes(kebabCase(name))) return { value: false, source };
  const key = option.attributeName();
  if (command.getOptionValueSource(key) !== "cli") return undefined;
  const value: unknown = command.getOptionValue(key);
  // commander reads --no-cuda as the negation of an option "cuda".
  return { value: option.negate ? !value : value, source };
}

function defaultOf(spec: OptionSpec): string | number | boolean | undefined {
  if (spec.kind === "flag") return false;
  return "default" in spec ? spec.default : undefined;
}
