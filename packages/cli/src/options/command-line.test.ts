import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addOptions, resolveOptions, withoutUnderscores } from "./command-line.ts";
import { runOptions } from "./run-options.ts";
import { kebabCase, snakeCase } from "./table.ts";

let base = "";
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-options-"));
});
afterAll(() => rmSync(base, { recursive: true }));

async function resolve(...args: string[]) {
  const command = addOptions(new Command("train").exitOverride(), runOptions);
  command.parse(withoutUnderscores(args), { from: "user" });
  return resolveOptions(command, runOptions);
}

function configFile(name: string, text: string): string {
  const path = join(base, name);
  writeFileSync(path, text);
  return path;
}

describe("the options of the 2018 script", () => {
  it("are 23, with its names and defaults", async () => {
    const { options } = await resolve();
    const ofScript = Object.entries(runOptions).filter(([, { from }]) => from === "script");
    const defaults = Object.fromEntries(
      ofScript.map(([name]) => [snakeCase(name), options[name as keyof typeof options]]),
    );
    expect(defaults).toEqual({
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
    });
  });
});

describe("resolveOptions()", () => {
  it("reads every option in kebab-case, in snake_case, and from both kinds of file alike", async () => {
    const values = Object.entries(runOptions).map(([name, spec]) => {
      const value = {
        flag: true,
        text: "news",
        path: "some/path",
        integer: 7,
        number: 0.5,
        choice: "choices" in spec ? spec.choices[1] : "",
      };
      return [name, value[spec.kind]] as const;
    });
    const onLine = (spelled: (name: string) => string) =>
      values.flatMap(([name, value]) => [`--${spelled(name)}`, ...(value === true ? [] : [String(value)])]);
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

  it("prefers the command line to the file, and the file to the default", async () => {
    const path = configFile("run.toml", "seed = 7\nmax-seq-length = 64\n");
    const { options, given } = await resolve("--config", path, "--seed=8");
    expect([options.seed, options.maxSeqLength, options.evalBatchSize]).toEqual([8, 64, 8]);
    expect([...given].sort()).toEqual(["maxSeqLength", "seed"]);
  });

  it("takes a negative number, and the last of several", async () => {
    expect((await resolve("--local_rank", "-1", "--seed", "1", "--seed", "2")).options).toMatchObject({
      localRank: -1,
      seed: 2,
    });
  });

  it.each([
    ["unknown.json", '{"sed": 1}', /^sed in .*unknown\.json: there is no such option$/],
    ["twice.json", '{"max-steps": 1, "max_steps": 2}', /stands twice/],
    ["type.toml", 'seed = "x"', /^seed in .*type\.toml is "x", but must be a whole number$/],
    ["broken.toml", "seed = ", /^.*broken\.toml is not valid TOML: [^\n]*$/],
    ["broken.json", "{", /^.*broken\.json is not valid JSON: [^\n]*$/],
    ["list.json", "[]", /must hold one object/],
  ])("refuses %s", async (name, text, message) => {
    await expect(resolve("--config", configFile(name, text))).rejects.toThrow(message);
  });
});

describe("withoutUnderscores()", () => {
  it("changes names of options, not values, and nothing after --", () => {
    expect(withoutUnderscores(["--data_dir=a_b", "c_d", "-x_y", "--", "--e_f"])).toEqual([
      "--data-dir=a_b",
      "c_d",
      "-x_y",
      "--",
      "--e_f",
    ]);
  });
});
