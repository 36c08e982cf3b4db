import { BertieError } from "@bertie/common";
import type { Command, Option } from "commander";

/** Hidden option that collects the flags given as `--flag=false`. */
export const SET_FALSE = "set-false";

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  false: false,
  "0": false,
  no: false,
};

/**
 * Rewrites arguments to the one spelling that the parser knows: `--data_dir` becomes `--data-dir`, `--do-eval=true`
 * becomes `--do-eval`, and `--do-eval=false`, which overrides the `--config` file, becomes `--set-false=do-eval`.
 * Arguments after `--` are unchanged.
 *
 * @throws BertieError "options/value" if a flag's value is not a boolean
 */
export function normalizeArguments(program: Command, args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const parsed = end < 0 ? args : args.slice(0, end);
  const { options } = findCommand(program, parsed);
  const normalized = parsed.map((argument) =>
    argument.startsWith("--") ? normalizeOption(options, argument) : argument,
  );
  return [...lastFlags(normalized), ...(end < 0 ? [] : args.slice(end))];
}

/** Returns the command that the arguments name, such as `train` or `bench step`. */
export function findCommand(program: Command, args: readonly string[]): Command {
  const [name] = args;
  const command = program.commands.find((each) => each.name() === name || each.aliases().includes(name ?? ""));
  return command === undefined ? program : findCommand(command, args.slice(1));
}

function normalizeOption(options: readonly Option[], argument: string): string {
  const equals = argument.indexOf("=");
  const flag = (equals < 0 ? argument : argument.slice(0, equals)).replaceAll("_", "-");
  if (equals < 0) return flag;
  const text = argument.slice(equals + 1);
  if (!options.some((option) => option.long === flag && isFlag(option))) return `${flag}=${text}`;
  const value = BOOLEANS[text.toLowerCase()];
  if (value === undefined)
    throw new BertieError("options/value", `${flag} is ${JSON.stringify(text)}, but must be true or false`);
  return value ? flag : `--${SET_FALSE}=${flag.slice(2)}`;
}

function isFlag({ required, optional }: Option): boolean {
  return !required && !optional;
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
