import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCommand, normalizeArguments } from "./arguments.ts";
import { addOptions, resolveOptions } from "./command-line.ts";
import type { OptionTable } from "./table.ts";

const table = {
  doEval: { group: "Evaluation", kind: "flag", help: "Evaluate" },
  noCuda: { group: "Hardware", kind: "flag", help: "Run on the CPU" },
  header: { group: "Data", kind: "switch", help: "Read the first row as column names" },
  dataDir: { group: "Data", kind: "path", help: "Directory" },
} as const satisfies OptionTable;

function createProgram(): Command {
  const program = new Command("bertie");
  addOptions(program.command("train").alias("run_classifier"), table).action(() => {});
  addOptions(program.command("bench").command("step"), table).action(() => {});
  return program;
}

const normalize = (...args: string[]) => normalizeArguments(createProgram(), args);

describe("normalizeArguments()", () => {
  it("replaces underscores in option names, but not in values or after --", () => {
    const args = ["train", "--data_dir=a_b", "c_d", "-x_y", "--", "--e_f", "--do_eval=true"];
    expect(normalize(...args)).toEqual(["train", "--data-dir=a_b", "c_d", "-x_y", "--", "--e_f", "--do_eval=true"]);
  });

  it.each(["true", "True", "1", "yes"])("converts --flag=%s to --flag", (value) => {
    expect(normalize("train", `--do_eval=${value}`)).toEqual(["train", "--do-eval"]);
    expect(normalize("bench", "step", `--do-eval=${value}`)).toEqual(["bench", "step", "--do-eval"]);
    expect(normalize("run_classifier", `--no-cuda=${value}`)).toEqual(["run_classifier", "--no-cuda"]);
  });

  it.each(["true", "YES", "1"])("converts --flag %s to --flag", (value) => {
    expect(normalize("train", "--do_eval", value, "rest")).toEqual(["train", "--do-eval", "rest"]);
    expect(normalize("train", "--header", value)).toEqual(["train", "--header"]);
  });

  it("leaves words after an option with a value, or after a flag with its value, unchanged", () => {
    expect(normalize("train", "--data-dir", "true", "no")).toEqual(["train", "--data-dir", "true", "no"]);
    expect(normalize("train", "--do-eval=true", "no")).toEqual(["train", "--do-eval", "no"]);
    expect(normalize("train", "--do-eval", "truely")).toEqual(["train", "--do-eval", "truely"]);
  });

  it.each([
    ["--no-do-eval"],
    ["--nodo_eval"],
    ["--no_do_eval"],
    ["--do-eval", "false"],
    ["--do_eval=No"],
    ["--no-do-eval=true"],
  ])("converts %s %s to --set-false", (...args) => {
    expect(normalize("train", ...args.filter(Boolean))).toEqual(["train", "--set-false=do-eval"]);
  });

  it("does not read an option whose name starts with no as a negation", () => {
    expect(normalize("train", "--no-cuda", "--no-no-cuda")).toEqual(["train", "--set-false=no-cuda"]);
    expect(normalize("train", "--no-data-dir", "x")).toEqual(["train", "--no-data-dir", "x"]);
  });

  it("rejects other values of flags, and names the flag", () => {
    expect(() => normalize("train", "--do_eval=maybe")).toThrow('--do-eval is "maybe", but must be true or false');
  });

  it("uses the last value of a flag", async () => {
    const flag = fc.constantFrom("--do-eval", "--do_eval=true", "--do-eval=false", "--no_cuda", "--no-cuda=0");
    await fc.assert(
      fc.asyncProperty(fc.array(flag), async (flags) => {
        const program = createProgram();
        await program.parseAsync(normalizeArguments(program, ["train", ...flags]), { from: "user" });
        const { options } = await resolveOptions(program.commands[0]!, table);
        const last = (name: string) => flags.findLast((each) => each.replace("_", "-").startsWith(name));
        const isOn = (name: string) => last(name) !== undefined && !/=(false|0)$/.test(last(name)!);
        expect(options).toMatchObject({ doEval: isOn("--do-eval"), noCuda: isOn("--no-cuda") });
      }),
    );
  });
});

describe("findCommand()", () => {
  it("finds commands by name or alias, at any depth", () => {
    const program = createProgram();
    const names = [["train"], ["run_classifier", "x"], ["bench", "step"], ["bench"], ["--help"], []];
    expect(names.map((args) => findCommand(program, args).name())).toEqual([
      "train",
      "train",
      "step",
      "bench",
      "bertie",
      "bertie",
    ]);
  });
});
