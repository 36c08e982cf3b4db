import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { bertie, bertieOk, scratchDirectory } from "../cli/bertie.ts";
import { createTraining, stepsOf, weightsOf } from "../cli/training.ts";

vi.setConfig({ testTimeout: 240_000 });

const scratch = scratchDirectory();
const { options, train, news } = createTraining(scratch);
const settings = ["--num-train-epochs", "8", "--learning-rate", "3e-3", "--save-checkpoints-steps", "2"];

// Removes a file or directory atomically, because the run may be writing to it.
const remove = (...path: string[]) =>
  renameSync(join(...path), join(scratch, `removed-${readdirSync(scratch).length}`));

it.each<[what: string, remove: (folder: string) => void]>([
  ["its log", (folder) => remove(folder, "metrics.jsonl")],
  ["its checkpoints", (folder) => remove(folder, "checkpoints")],
  [
    "the weights of its checkpoints",
    (folder) => {
      for (const step of readdirSync(join(folder, "checkpoints")).filter((name) => !name.startsWith(".")))
        rmSync(join(folder, "checkpoints", step, "model.safetensors"), { force: true });
    },
  ],
  ["its lock", (folder) => remove(folder, "lock")],
  ["its working directory", (folder) => remove(folder)],
])("a run that loses %s completes, or reports the reason and can be resumed", async (what, lose) => {
  const whole = join(scratch, "whole");
  if (!existsSync(whole)) await train("whole", ...settings);
  const run = join(scratch, what.replaceAll(" ", "-"));
  const command = ["train", ...options, ...settings, "--log-every", "1", "--output-dir", run];
  const action = { when: /^step 7\//m, run: () => lose(`${run}.unfinished`) };
  const { code, stderr } = await bertie(command, { action });
  if (code !== 0) {
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: .*: (cannot be (read|written)|the file was removed)/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(run)).toBe(false);
    await bertieOk([...command, "--resume"]);
  }
  expect(weightsOf(run)).toEqual(weightsOf(whole));
  expect(stepsOf(run)).toEqual(stepsOf(whole));
  expect(existsSync(`${run}.unfinished`)).toBe(false);
});

it("a run whose data is removed after it was read continues, but cannot be resumed without the data", async () => {
  const run = join(scratch, "no-data");
  const command = ["train", ...options, ...settings, "--log-every", "1", "--output-dir", run];
  const signal = { when: /^step 7\//m, name: "SIGINT" as const };
  const action = { when: /^device: /m, run: () => rmSync(news, { recursive: true }) };
  const { code } = await bertie(command, { signal, action });
  expect(code).toBe(130);
  const again = await bertie([...command, "--resume"]);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/^bertie: [^\n]*news: the directory does not exist\. [^\n]*\n$/);
  expect(readdirSync(`${run}.unfinished`)).toEqual(["checkpoints"]);
});
