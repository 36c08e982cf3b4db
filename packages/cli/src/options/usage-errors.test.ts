import type { BertieError } from "@bertie/common";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { normalizeArguments } from "./arguments.ts";
import { foreignNameAdvice, foreignNames } from "./foreign-names.ts";
import { suggestOption } from "./usage-errors.ts";

async function messageOf(...args: string[]): Promise<string> {
  const program = createProgram();
  const error: unknown = await program
    .parseAsync(normalizeArguments(program, args), { from: "user" })
    .then(() => undefined)
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "options/usage" });
  return (error as BertieError).message;
}

const commandNamed = (name: string): Command => createProgram().commands.find((command) => command.name() === name)!;

describe("usage errors", () => {
  it.each([
    [["train", "--epochs", "3"], "unknown option --epochs. Did you mean --num-train-epochs?"],
    [["train", "--lerning_rate", "3"], "unknown option --lerning-rate. Did you mean --learning-rate?"],
    [["train", "--validation-file", "x.csv"], "unknown option --validation-file. Did you mean --eval-file?"],
    [["train", "--model_name_or_path", "x"], "unknown option --model-name-or-path. Did you mean --model?"],
    [
      ["eval", "--per_device_eval_batch_size=8"],
      "unknown option --per-device-eval-batch-size. Did you mean --eval-batch-size?",
    ],
    [["tokenize", "--max_length", "8"], "unknown option --max-length. Did you mean --max-seq-length?"],
    [["doctor", "--verbos"], "unknown option --verbos. Did you mean --verbose?"],
    [["train", "--hlep"], "unknown option --hlep. Did you mean --help?"],
    [["--versoin"], "unknown option --versoin. Did you mean --version?"],
    [["trian"], 'unknown command "trian". Did you mean train?'],
    [["finetune"], 'unknown command "finetune". Did you mean train?'],
    [["bench", "steps"], 'unknown command "steps". Did you mean step?'],
    [["train", "--no-evall"], "unknown option --no-evall."],
    [["train", "--random_state=1"], "unknown option --random-state. Did you mean --seed?"],
    [["train", "-epochs", "3"], "unknown option -epochs. Did you mean --num-train-epochs?"],
    [["train", "-o", "runs/x"], "unknown option -o. Did you mean --output-dir?"],
    [["tokenize", "-o", "x"], "unknown option -o. Did you mean --output?"],
    [
      ["train", "--shard", "1/2"],
      'unknown option --shard. --shard is an option of "bertie predict" and "bertie tokenize".',
    ],
    [["tokenize", "--learning-rate", "1"], '--learning-rate is an option of "bertie train".'],
    [["doctor", "a.txt"], 'unexpected argument "a.txt".'],
    [["train", "--seed"], "option '--seed <n>' argument missing."],
  ])("%j: %s", async (args, message) => {
    const text = await messageOf(...args);
    expect(text).toContain(message);
    expect(text).toMatch(/ Run "bertie[a-z ]* --help" for all (options|commands)\.$/);
    expect(text).not.toContain("\n");
  });

  it("suggest nothing for names without a similar name", async () => {
    expect(await messageOf("train", "--xyzzy")).toBe(
      'unknown option --xyzzy. Run "bertie train --help" for all options.',
    );
    expect(await messageOf("xyzzy")).toBe('unknown command "xyzzy". Run "bertie --help" for all commands.');
  });

  it("do not suggest hidden commands and options", async () => {
    expect(await messageOf("probe-engin")).not.toContain("Did you mean");
    expect(suggestOption(commandNamed("train"), "--set-fals")).not.toContain("set-false");
  });
});

describe("foreignNameAdvice()", () => {
  it.each(foreignNames)("--%s: has advice whose options exist in a command", (name) => {
    const commands = ["train", "tokenize"].map(commandNamed);
    const exists = (command: Command) => (option: string) => command.options.some(({ long }) => long === `--${option}`);
    expect(commands.some((command) => foreignNameAdvice(name, exists(command)) !== undefined)).toBe(true);
    expect(commands.every((command) => exists(command)(name))).toBe(false);
  });
});
