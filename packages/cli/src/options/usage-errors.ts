import { didYouMean } from "@bertie/common";
import type { Command, CommanderError } from "commander";
import { foreignCommand, foreignNameAdvice } from "./foreign-names.ts";

/**
 * Returns the message for a usage error: the parser's message, a suggestion, and the command that shows help.
 *
 * @param command the command that the user typed, such as `bertie train`
 */
export function usageMessage(command: Command, { code, message }: CommanderError): string {
  const help = `Run "${pathOf(command)} --help" for all ${code === "commander.unknownCommand" ? "commands" : "options"}.`;
  const typed = /'([^'=]*)/.exec(message)?.[1] ?? "";
  if (code === "commander.unknownOption")
    return sentences(`unknown option ${typed}.`, suggestOption(command, typed), help);
  if (code === "commander.unknownCommand")
    return sentences(`unknown command ${JSON.stringify(typed)}.`, suggestCommand(command, typed), help);
  if (code === "commander.excessArguments") return sentences(excessArguments(command), help);
  return sentences(`${message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ")}.`, help);
}

/** Returns a suggestion for a mistyped or foreign option such as `--epochs`, or an empty string. */
export function suggestOption(command: Command, typed: string): string {
  const name = typed.replace(/^--?/, "");
  const options = command.createHelp().visibleOptions(command);
  const names = options.flatMap(({ flags }) => Array.from(flags.matchAll(/--([a-z0-9-]+)/g), ([, each]) => each!));
  return (
    foreignNameAdvice(name, (option) => names.includes(option)) ??
    otherCommandsAdvice(command, name) ??
    didYouMean(name, names).trimStart().replace("mean ", "mean --")
  );
}

/** Returns a sentence that names the commands which have an option, or undefined if there are none. */
function otherCommandsAdvice(command: Command, name: string): string | undefined {
  const owners = (command.parent?.commands ?? []).filter(({ options }) =>
    options.some(({ long, hidden }) => long === `--${name}` && !hidden),
  );
  if (owners.length === 0) return undefined;
  return `--${name} is an option of ${new Intl.ListFormat("en").format(owners.map((owner) => `"${pathOf(owner)}"`))}.`;
}

function suggestCommand(program: Command, typed: string): string {
  const names = program
    .createHelp()
    .visibleCommands(program)
    .flatMap((command) => [command.name(), ...command.aliases()]);
  const foreign = foreignCommand(typed.replaceAll("_", "-"));
  return foreign !== undefined && names.includes(foreign)
    ? `Did you mean ${foreign}?`
    : didYouMean(typed, names).trimStart();
}

function excessArguments(command: Command): string {
  const extra = command.args.slice(command.registeredArguments.length);
  return `unexpected argument${extra.length === 1 ? "" : "s"} ${extra.map((argument) => JSON.stringify(argument)).join(", ")}.`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function sentences(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(" ");
}
