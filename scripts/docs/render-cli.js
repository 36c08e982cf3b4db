// Renders a commander program as the page docs/reference/cli.md. Depends only on commander's objects, not on particular options.

/** Returns the page, as Markdown, for a program with all of its commands that are not hidden. */
export function renderCliReference(program) {
  const commands = commandsOf(program);
  const index = commands.map(({ name, summary }) => [`[\`${name}\`](#${name.replaceAll(" ", "-")})`, prose(summary)]);
  return `<!-- Written by \`node scripts/docs/cli-reference.js\`; do not edit by hand. -->

# Command line

${sentence(prose(program.description()))}

${table(["Command", "Purpose"], index)}

Option names may be written with \`-\` or \`_\`: \`--max-seq-length\` and \`--max_seq_length\` are the same option.
\`bertie COMMAND --help\` prints the options of a command.

${commands.map(renderCommand).join("\n\n")}
`;
}

/** Returns the commands of a program, depth first, with their full names. */
function commandsOf(parent, prefix = parent.name()) {
  const help = parent.createHelp();
  return help
    .visibleCommands(parent)
    .filter((command) => command.name() !== "help")
    .flatMap((command) => {
      const name = `${prefix} ${command.name()}`;
      return [{ name, command, help, summary: help.subcommandDescription(command) }, ...commandsOf(command, name)];
    });
}

function renderCommand({ name, command, help }) {
  const aliases = command.aliases().map((alias) => `\`${alias}\``);
  const parts = [
    `## ${name}`,
    sentence(prose(help.commandDescription(command))),
    aliases.length > 0 && `Alias: ${aliases.join(", ")}.`,
    `\`\`\`text\n${name} ${command.usage()}\n\`\`\``,
    ...renderArguments(help.visibleArguments(command)),
    ...renderOptions(help, command),
  ];
  return parts.filter(Boolean).join("\n\n");
}

function renderArguments(all) {
  if (all.length === 0) return [];
  const rows = all.map((argument) => [code(argument.name()), prose(argument.description)]);
  return ["### Arguments", table(["Argument", "Description"], rows)];
}

function renderOptions(help, command) {
  const groups = new Map();
  for (const option of help.visibleOptions(command)) {
    const heading = (option.helpGroupHeading ?? "Options:").replace(/:$/, "");
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  return [...groups].flatMap(([heading, options]) => [
    `### ${heading}`,
    table(["Option", "Description", "Default"], options.map(optionRow)),
  ]);
}

function optionRow(option) {
  // A default is a field of the option, or is written in its description.
  const pattern = /\s*\(default:? ([^()]*)\)|;\s*default:? ([^();]*)(?=\))/;
  const [, alone, last] = pattern.exec(option.description) ?? [];
  const written = alone ?? last;
  const text = option.description.replace(pattern, "");
  const value = option.defaultValueDescription ?? option.defaultValue ?? written;
  const choices = option.argChoices ? ` (${option.argChoices.map(code).join(", ")})` : "";
  const isShown = value !== undefined && value !== false;
  return [code(option.flags), prose(text) + choices, isShown ? code(String(value)) : ""];
}

const code = (text) => `\`${text.replaceAll("|", "\\|")}\``;

/** Escapes Markdown's and Vue's special characters, and marks the names of options as code. */
function prose(text) {
  return text
    .replace(/\s+/g, " ")
    .replace(/[<>]/g, (bracket) => ({ "<": "&lt;", ">": "&gt;" })[bracket])
    .replace(/\{\{/g, "{&#123;")
    .replace(/[|*]/g, "\\$&")
    .replace(/(?<![\w`-])--[a-z][a-z-]*[a-z](?![\w…-])/g, "`$&`");
}

/** Ends a fragment like a sentence, and starts it with a capital letter. */
function sentence(text) {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) || capital === "" ? capital : `${capital}.`;
}

function table(head, rows) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}
