import { type Command, Option } from "commander";
import { type GivenOptions, readConfigFile } from "./config-file.ts";
import { readValue } from "./read-value.ts";
import { kebabCase, type OptionSpec, type OptionTable, type OptionValues } from "./table.ts";

/** What a command was asked for. */
export interface Resolved<T extends OptionTable> {
  readonly options: OptionValues<T>;
  /** The options that the user gave, on the command line or in a file. */
  readonly given: ReadonlySet<keyof T>;
}

const HEADINGS = { script: "Options of the Python script:", bertie: "Options:" };
const CONFIG = "config";

/** Gives a command the options of a table, and `--config FILE`, which may hold any of them. */
export function addOptions(command: Command, table: OptionTable): Command {
  for (const [name, spec] of Object.entries(table)) command.addOption(toOption(name, spec));
  return command.addOption(
    new Option("--config <file>", "read options from a JSON or TOML file").helpGroup(HEADINGS.bertie),
  );
}

/**
 * The values of a command's options: from the command line, else from the file of `--config`, else the defaults.
 *
 * @throws BertieError "options/…"
 */
export async function resolveOptions<T extends OptionTable>(command: Command, table: T): Promise<Resolved<T>> {
  const configFile: unknown = command.getOptionValue(CONFIG);
  const fromFile: GivenOptions = typeof configFile === "string" ? await readConfigFile(table, configFile) : new Map();
  const options: Record<string, unknown> = {};
  const given = new Set<string>();
  for (const [name, spec] of Object.entries(table)) {
    const choice = fromCommandLine(command, name, spec) ?? fromFile.get(name);
    if (choice !== undefined) given.add(name);
    options[name] = choice === undefined ? defaultOf(spec) : readValue(spec, choice.value, choice.source);
  }
  return { options: options as OptionValues<T>, given };
}

/** `--data_dir` → `--data-dir`: options may be written either way. */
export function withoutUnderscores(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    if (!arg.startsWith("--") || (end >= 0 && i >= end)) return arg;
    const [name = "", ...value] = arg.split("=");
    return [name.replaceAll("_", "-"), ...value].join("=");
  });
}

function toOption(name: string, spec: OptionSpec): Option {
  const value = { flag: "", text: " <name>", path: " <path>", integer: " <n>", number: " <x>", choice: " <name>" };
  const help = spec.kind === "choice" ? `${spec.help}: ${spec.choices.join(", ")}` : spec.help;
  const note = "default" in spec ? ` (default ${spec.default})` : "";
  const argument = "optional" in spec ? value[spec.kind].replace(/<(.*)>/, "[$1]") : value[spec.kind];
  const option = new Option(`--${kebabCase(name)}${argument}`, help + note);
  return option.helpGroup(HEADINGS[spec.from]);
}

function fromCommandLine(command: Command, name: string, spec: OptionSpec) {
  const option = toOption(name, spec);
  const key = option.attributeName();
  if (command.getOptionValueSource(key) !== "cli") return undefined;
  const value: unknown = command.getOptionValue(key);
  // commander takes --no-cuda for the denial of an option "cuda".
  return { value: option.negate ? !value : value, source: `--${kebabCase(name)}` };
}

function defaultOf(spec: OptionSpec): string | number | boolean | undefined {
  if (spec.kind === "flag") return false;
  return spec.default;
}
