import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../packages/cli/src/program.ts";
import { renderCliReference } from "../../scripts/docs/render-cli.js";
import { root } from "./sources.ts";

it("docs/reference/cli.md is current; if it is not, run node scripts/docs/cli-reference.js", () => {
  expect(readFileSync(`${root}docs/reference/cli.md`, "utf8")).toBe(renderCliReference(createProgram()));
});

describe("renderCliReference()", () => {
  const program = new Command("tool").description("does things");
  program
    .command("cut")
    .alias("trim")
    .argument("<file>", "input")
    .description("cuts a file")
    .addOption(new Option("--size <n>", "Size in bytes (default: 8)").helpGroup("Output options:"))
    .addOption(new Option("--pad <name>", "How to pad (choices: up, down; default: up)"))
    .addOption(new Option("--mode <name>", "With --size or <b>").choices(["a", "b"]).default("a"))
    .addOption(new Option("--secret", "not shown").hideHelp());
  const page = renderCliReference(program);

  it("groups options by their headings, and moves defaults to a column", () => {
    expect(page).toContain("### Output options\n\n| Option | Description | Default |\n| --- | --- | --- |\n");
    expect(page).toContain("| `--size <n>` | Size in bytes | `8` |");
    expect(page).toContain("| `--pad <name>` | How to pad (choices: up, down) | `up` |");
    expect(page).toContain("| `--mode <name>` | With `--size` or &lt;b&gt; (`a`, `b`) | `a` |");
  });

  it("shows usage, aliases and arguments, and leaves out hidden options", () => {
    expect(page).toContain("## tool cut\n\nCuts a file.\n\nAlias: `trim`.\n\n```text\ntool cut [options] <file>\n```");
    expect(page).toContain("| `file` | input |");
    expect(page).not.toContain("--secret");
  });
});
