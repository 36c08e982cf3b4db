import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { bertie, bertieOk, readLines, scratchDirectory, TINY_MODEL } from "./bertie.ts";
import { createTraining, readJson, stepsOf, weightsOf } from "./training.ts";

const scratch = scratchDirectory();
const { news, options, train } = createTraining(scratch);
vi.setConfig({ testTimeout: 240_000 });

it("bertie train --write-plan predicts the updates that the resumed run makes, and does not change them", async () => {
  const run = join(scratch, "planned");
  const expected = stepsOf((await train("undisturbed")).run);
  const started = await bertieOk(["train", ...options, "--output-dir", run, "--write-plan"]);
  expect(started.stderr).toContain(`plan of updates 1 to 9: ${run}.unfinished/plan`);

  // Stops after the last batch of the first epoch.
  const stopped = await bertieOk(["train", "--resume", run, "--stop-after", "3"]);
  expect(stopped.stderr).toContain(
    `stopped after step 3 (--stop-after); to resume, run "bertie train --resume ${run}"`,
  );
  expect(existsSync(`${run}.unfinished/plan`)).toBe(false);
  const again = await bertie(["train", "--resume", run, "--stop-after", "3"]);
  expect([again.code, again.stderr]).toEqual([
    2,
    expect.stringContaining("--stop-after is 3, but the run is at step 3"),
  ]);
  await bertieOk(["train", "--resume", run, "--write-plan"]);
  const plan = `${run}.unfinished/plan`;
  const updates = readLines(join(plan, "updates.jsonl")).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(updates.map(({ step, epoch, learningRate }) => [step, epoch, learningRate])).toEqual(
    expected.slice(3).map(({ step, epoch, learning_rate }) => [step, epoch, learning_rate]),
  );
  expect(updates.map(({ startsEpoch, checkpoint }) => [startsEpoch, checkpoint])).toEqual([
    ...[
      [true, false],
      [false, false],
      [false, true],
    ],
    ...[
      [true, false],
      [false, false],
      [false, true],
    ],
  ]);
  expect(updates.at(-1)).toMatchObject({ weight: 8, progress: { epoch: 3, batches: 0, steps: 9, examples: 72 } });
  expect(readJson(plan, "plan.json")).toMatchObject({
    steps: { first: 3, last: 9 },
    loss: { problemType: "single_label_classification" },
    optimizer: { beta1: 0.9, epsilon: 1e-6, maxGradNorm: 1 },
  });
  expect(readFileSync(join(plan, "features.safetensors")).includes("attention_mask")).toBe(true);

  await bertieOk(["train", "--resume", run]);
  expect(stepsOf(run)).toEqual(expected);
  expect(Buffer.compare(weightsOf(run), weightsOf(join(scratch, "undisturbed")))).toBe(0);
  expect(existsSync(join(run, "plan"))).toBe(false);
});

it.each([
  [["--metric", "accuracy", "--do-eval"], "--metric accuracy requires evaluations during training"],
  [["--precision", "bf16", "--engine", "reference"], "a plan requires fp32, but the precision is bf16"],
  [["--early-stopping", "2", "--metric", "accuracy", "--do-eval"], "Remove --metric and --early-stopping"],
])("bertie train --write-plan rejects %j", async (extra, message) => {
  const run = join(scratch, "rejected");
  const { code, stderr } = await bertie(["train", ...options, ...extra, "--output-dir", run, "--write-plan"]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(existsSync(`${run}.unfinished`)).toBe(false);
});

it("bertie train --seeds rejects --write-plan", async () => {
  const args = ["train", ...options, "--seeds", "2", "--output-dir", join(scratch, "seeds"), "--write-plan"];
  const { code, stderr } = await bertie(args);
  expect([code, stderr]).toEqual([2, expect.stringContaining("--seeds and --write-plan cannot be combined")]);
});

it("bertie train --head-only rejects --write-plan", async () => {
  const run = join(scratch, "head");
  const args = ["--task-name", "news", "--data-dir", news, ...TINY_MODEL, "--do-train", "--head-only"];
  const { code, stderr } = await bertie(["train", ...args, "--output-dir", run, "--write-plan"]);
  expect(stderr).toContain("--head-only trains no encoder. Remove --head-only, or --write-plan");
  expect([code, existsSync(`${run}.unfinished`)]).toEqual([2, false]);
});
