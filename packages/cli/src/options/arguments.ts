import { BertieError } from "@bertie/common";
import type { Command, Option } from "commander";

/** Hidden option that collects the flags given as `--flag=false` or `--no-flag`. */
export const SET_FALSE = "set-false";

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["false", false],
  ["0", false],
  ["no", false],
]);

/**
 * Rewrites arguments to the one spelling that the parser knows: `--data_dir` becomes `--data-dir`. A flag can be set with
 * `--do-eval`, `--do-eval=true` or `--do-eval true`, which become `--do-eval`, and unset with `--do-eval=false`,
 * `--do-eval false`, `--no-do-eval` or `--nodo_eval`, which become `--set-false=do-eval` and override the `--config` file.
 * Arguments after `--` are unchanged.
 *
 * @throws BertieError "options/value" if a flag's value is not a boolean
 */
export function normalizeArguments(program: Command, args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const parsed = end < 0 ? args : args.slice(0, end);
  const { options } = findCommand(program, parsed);
  const isFlag = (flag: string) => options.some((option) => option.long === flag && !takesValue(option));
  const normalized: string[] = [];
  for (let i = 0; i < parsed.length; i++) {
    const argument = parsed[i]!;
    const [name, text] = splitOption(argument);
    if (name === undefined) {
      normalized.push(argument);
      continue;
    }
    const { flag, negated } = resolveFlag(name, options, isFlag);
    if (!isFlag(flag)) {
      normalized.push(text === undefined ? flag : `${flag}=${text}`);
      continue;
    }
    const hasWord = text === undefined && BOOLEANS.has(parsed[i + 1]?.toLowerCase() ?? "");
    const value = readBoolean(name, hasWord ? parsed[++i] : text) !== negated;
    normalized.push(value ? flag : `--${SET_FALSE}=${flag.slice(2)}`);
  }
  return [...lastFlags(normalized), ...(end < 0 ? [] : args.slice(end))];
}

/** Returns the command that the arguments name, such as `train` or `bench step`. */
export function findCommand(program: Command, args: readonly string[]): Command {
  const [name] = args;
  const command = program.commands.find((each) => each.name() === name || each.aliases().includes(name ?? ""));
  return command === undefined ? program : findCommand(command, args.slice(1));
}

/** Splits `--data_dir=x` into `--data-dir` and `x`. The name is undefined for arguments that are not long options. */
function splitOption(argument: string): [name: string | undefined, text: string | undefined] {
  if (!argument.startsWith("--")) return [undefined, undefined];
  const equals = argument.indexOf("=");
  const name = (equals < 0 ? argument : argument.slice(0, equals)).replaceAll("_", "-");
  return [name, equals < 0 ? undefined : argument.slice(equals + 1)];
}

/** Resolves the negations `--no-header` and `--noheader`, unless an option has that name, as `--no-cuda` does. */
function resolveFlag(name: string, options: readonly Option[], isFlag: (flag: string) => boolean) {
  const positive = [/^--no-(.+)$/, /^--no(.+)$/].map((pattern) => `--${pattern.exec(name)?.[1] ?? ""}`).find(isFlag);
  if (positive === undefined || options.some(({ long }) => long === name)) return { flag: name, negated: false };
  return { flag: positive, negated: true };
}

function readBoolean(name: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  const value = BOOLEANS.get(text.toLowerCase());
  if (value !== undefined) return value;
  throw new BertieError("options/value", `${name} is ${JSON.stringify(text)}, but must be true or false`);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** Keeps the last of `--flag` and `--set-false=flag`, as for options with values. */
function lastFlags(args: readonly string[]): string[] {
  const prefix = `--${SET_FALSE}=`;
  const flagOf = (argument: string) => (argument.startsWith(prefix) ? `--${argument.slice(prefix.length)}` : argument);
  const isUnset = new Set(args.filter((argument) => argument.startsWith(prefix)).map(flagOf));
  return args.filter(
    (argument, i) =>
      !isUnset.has(flagOf(argument)) ||
      !args
        .slice(i + 1)
        .map(flagOf)
        .includes(flagOf(argument)),
  );
}
