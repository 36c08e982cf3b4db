import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalizeArguments } from "./arguments.ts";
import { addOptions, resolveOptions } from "./command-line.ts";
import { runOptions } from "./run-options.ts";
import { kebabCase, type OptionTable, optionGroups, snakeCase } from "./table.ts";

let base = "";
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-options-"));
});
afterAll(() => rmSync(base, { recursive: true }));

async function resolve(...args: string[]) {
  const program = new Command("bertie");
  const command = addOptions(program.command("train"), runOptions).action(() => {});
  program.parse(normalizeArguments(program, ["train", ...args]), { from: "user" });
  return resolveOptions(command, runOptions);
}

function configFile(name: string, text: string): string {
  const path = join(base, name);
  writeFileSync(path, text);
  return path;
}

/** Flags and defaults of the script: pytorch-pretrained-bert's `run_classifier` of November 2018. */
const scriptDefaults = {
  data_dir: undefined,
  bert_config_file: undefined,
  task_name: undefined,
  vocab_file: undefined,
  output_dir: undefined,
  init_checkpoint: undefined,
  do_lower_case: false,
  max_seq_length: 128,
  do_train: false,
  do_eval: false,
  train_batch_size: 32,
  eval_batch_size: 8,
  learning_rate: 5e-5,
  num_train_epochs: 3,
  warmup_proportion: 0.1,
  save_checkpoints_steps: 1000,
  no_cuda: false,
  local_rank: -1,
  seed: 42,
  gradient_accumulation_steps: 1,
  optimize_on_cpu: false,
  fp16: false,
  loss_scale: 128,
};

describe("runOptions", () => {
  it("contains the 23 options of the 2018 script, with its defaults", async () => {
    const { options } = await resolve();
    const bySnakeCase = Object.fromEntries(Object.entries(options).map(([name, value]) => [snakeCase(name), value]));
    expect(Object.keys(scriptDefaults)).toHaveLength(23);
    expect(bySnakeCase).toMatchObject(scriptDefaults);
    expect(Object.keys(bySnakeCase)).toEqual(expect.arrayContaining(Object.keys(scriptDefaults)));
  });

  it("is listed by group, with units, choices and defaults, in 80 columns", () => {
    const command = addOptions(new Command("train"), runOptions).configureHelp({ helpWidth: 80 });
    const help = command.helpInformation();
    const headings = help.split("\n").filter((line) => /^[A-Z][a-z]+:$/.test(line));
    const used = new Set<string>(Object.values(runOptions).map(({ group }) => group));
    expect(headings).toEqual(
      [...optionGroups.filter((group) => used.has(group)), "General"].map((group) => `${group}:`),
    );
    expect(optionGroups.filter((group) => !used.has(group))).toEqual(["Server", "Limits", "General"]);
    expect(help).toContain("Number of examples per update (default: 32)");
    expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(Object.entries(runOptions))(
    "%s has a help text that starts with a capital and ends without a period",
    (_, { help }) => {
      expect(help).toMatch(/^[A-Z][^\n]*[^.\s]$/);
    },
  );
});

describe("a switch", () => {
  const table = {
    header: { group: "Data", kind: "switch", help: "Read the first row as column names", defaultText: "detected" },
  } as const satisfies OptionTable;
  const headerOf = async (...args: string[]): Promise<boolean | undefined> => {
    const program = new Command("bertie");
    const command = addOptions(program.command("train"), table).action(() => {});
    program.parse(normalizeArguments(program, ["train", ...args]), { from: "user" });
    const { options, given } = await resolveOptions(command, table);
    expect(given.has("header")).toBe(options.header !== undefined);
    return options.header;
  };

  it("is true, false or undefined on the command line", async () => {
    for (const args of [["--header"], ["--header=true"], ["--header", "yes"], ["--no-header", "--header"]])
      expect(await headerOf(...args)).toBe(true);
    for (const args of [["--no-header"], ["--noheader"], ["--header=false"], ["--header", "0"], ["--no_header"]])
      expect(await headerOf(...args)).toBe(false);
    expect(await headerOf()).toBeUndefined();
  });

  it("is true or false in a file, which the command line overrides", async () => {
    const path = configFile("switch.toml", "header = false\n");
    expect(await headerOf("--config", path)).toBe(false);
    expect(await headerOf("--config", path, "--header")).toBe(true);
    expect(await headerOf("--no-header", "--config", configFile("switch.json", '{"header": true}'))).toBe(false);
    await expect(headerOf("--config", configFile("word.json", '{"header": "no"}'))).rejects.toThrow("true or false");
  });

  it("is listed with its negation", () => {
    expect(addOptions(new Command("train"), table).helpInformation()).toContain("--header, --no-header  Read the");
  });
});

describe("resolveOptions()", () => {
  it("reads every option in kebab-case and snake_case, from the command line, JSON and TOML", async () => {
    const values = Object.entries(runOptions).map(([name, spec]) => {
      const value = {
        flag: true,
        switch: true,
        text: "news",
        path: "some/path",
        texts: ["one", "two"],
        paths: ["some/path", "other/path"],
        integer: 7,
        number: 0.5,
        choice: "choices" in spec ? spec.choices[1] : "",
      };
      return [name, value[spec.kind]] as const;
    });
    const onLine = (spelled: (name: string) => string) =>
      values.flatMap(([name, value]) =>
        [value].flat().flatMap((each) => [`--${spelled(name)}`, ...(each === true ? [] : [String(each)])]),
      );
    const inFile = (spelled: (name: string) => string) =>
      values.map(([name, value]) => [spelled(name), value] as const);
    const json = configFile("all.json", JSON.stringify(Object.fromEntries(inFile(snakeCase))));
    const toml = configFile(
      "all.toml",
      inFile(kebabCase)
        .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
        .join("\n"),
    );
    const expected = Object.fromEntries(values);
    for (const args of [onLine(kebabCase), onLine(snakeCase), ["--config", json], ["--config", toml]]) {
      const { options, given } = await resolve(...args);
      expect(options).toEqual(expected);
      expect([...given].sort()).toEqual(Object.keys(runOptions).sort());
    }
  });

  it("prefers the command line over the file, and the file over the default", async () => {
    const path = configFile("run.toml", "seed = 7\nmax-seq-length = 64\n");
    const { options, given } = await resolve("--config", path, "--seed=8");
    expect([options.seed, options.maxSeqLength, options.evalBatchSize]).toEqual([8, 64, 8]);
    expect([...given].sort()).toEqual(["maxSeqLength", "seed"]);
  });

  it("lets --flag=false override the file", async () => {
    const path = configFile("flags.toml", "do-eval = true\nno-shuffle = true\n");
    const { options, given } = await resolve("--config", path, "--do_eval=false", "--no-shuffle=False");
    expect([options.doEval, options.noShuffle]).toEqual([false, false]);
    expect([...given].sort()).toEqual(["doEval", "noShuffle"]);
  });

  it("accepts a negative number, and uses the last of several values", async () => {
    expect((await resolve("--local_rank", "-1", "--seed", "1", "--seed", "2")).options).toMatchObject({
      localRank: -1,
      seed: 2,
    });
  });

  it.each([
    ["unknown.json", '{"sed": 1}', /^sed in .*unknown\.json: unknown option\. Did you mean seed\?$/],
    ["twice.json", '{"max-steps": 1, "max_steps": 2}', /is given twice, once with - and once with _/],
    ["type.toml", 'seed = "x"', /^seed in .*type\.toml is "x", but must be a whole number$/],
    ["broken.toml", "seed = ", /^.*broken\.toml is not valid TOML: [^\n]*$/],
    ["broken.json", "{", /^.*broken\.json is not valid JSON: [^\n]*$/],
    ["list.json", "[]", /expected one object with option names as keys/],
  ])("rejects %s", async (name, text, message) => {
    await expect(resolve("--config", configFile(name, text))).rejects.toThrow(message);
  });
});
