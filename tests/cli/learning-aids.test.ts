import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";
import { createTraining, QUICKLY, readJson, stepsOf, weightsOf } from "./training.ts";

const scratch = scratchDirectory();
const { options, train } = createTraining(scratch);
const plain = await train("plain", ...QUICKLY);
const weights = { bad: 0.5, good: 2, "so-so": 1 };
const json = writeFile(join(scratch, "weights.json"), JSON.stringify(weights));
const tsv = writeFile(join(scratch, "weights.tsv"), "so-so\t1\ngood\t2\nbad\t0.5\n");
const lossesOf = (run: string) => stepsOf(run).map(({ loss }) => loss);
const refuse = async (...args: string[]) => {
  const { code, stderr } = await bertie(["train", ...options, "--output-dir", join(scratch, "refused"), ...args]);
  expect(code).toBe(2);
  return stderr;
};

describe("bertie train with learning aids", () => {
  it("records the options, and weights of a file by their contents", async () => {
    const aids = ["--label-smoothing", "0.1", "--layer-decay", "0.9", "--schedule", "cosine"];
    const { run } = await train("aids", ...QUICKLY, ...aids, "--class-weights", json);
    expect(readJson(run, "run.json").options).toMatchObject({
      label_smoothing: 0.1,
      layer_decay: 0.9,
      schedule: "cosine",
      class_weights: JSON.stringify(weights),
    });
    const again = await train("aids-again", ...QUICKLY, ...aids, "--class-weights", tsv);
    expect(weightsOf(again.run)).toEqual(weightsOf(run));
  });

  it("changes the losses by each aid, and not by its neutral value", async () => {
    const neutral = ["--label-smoothing", "0", "--layer-decay", "1", "--schedule", "warmup_linear"];
    expect(weightsOf((await train("neutral", ...QUICKLY, ...neutral)).run)).toEqual(weightsOf(plain.run));
    const aids = { "label-smoothing": "0.1", "layer-decay": "0.5", schedule: "constant", "class-weights": tsv };
    for (const [name, value] of Object.entries(aids)) {
      const { run } = await train(name, ...QUICKLY, `--${name}`, value);
      expect(lossesOf(run), name).not.toEqual(lossesOf(plain.run));
    }
    // All labels are equally frequent, so balanced weights are all 1.
    const { run } = await train("balanced", ...QUICKLY, "--class-weights", "balanced");
    for (const [i, loss] of lossesOf(run).entries()) expect(loss).toBeCloseTo(lossesOf(plain.run)[i]!, 4);
  });

  it("is compared when a run is resumed", async () => {
    const out = join(scratch, "interrupted");
    const long = ["--num-train-epochs", "40", "--save-checkpoints-steps", "1", "--class-weights", json];
    const signal = { name: "SIGINT", when: /^step 3\//m } as const;
    await bertie(["train", ...options, "--output-dir", out, "--log-every", "1", ...long], { signal });
    const other = writeFile(join(scratch, "other.json"), JSON.stringify({ ...weights, bad: 3 }));
    const refused = await bertie(["train", "--resume", out, "--class-weights", other]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--class-weights is {"bad":3,');
    await bertieOk(["train", "--resume", out, "--class-weights", tsv]);
  });

  it("rejects values out of range, and weights that do not fit the labels", async () => {
    expect(await refuse("--label-smoothing", "1")).toContain("must be at least 0 and less than 1");
    expect(await refuse("--layer-decay", "0")).toContain("--layer-decay");
    expect(await refuse("--schedule", "cubic")).toContain("--schedule");
    const partial = writeFile(join(scratch, "partial.json"), '{"bad": 1, "good": 1}');
    expect(await refuse("--class-weights", partial)).toContain('"so-so" has no weight');
    expect(await refuse("--class-weights", join(scratch, "none.json"))).toContain("none.json");
  });
});

describe("bertie train on features of other problems", () => {
  const rowsOf = (label: (i: number) => object) =>
    Array.from({ length: 24 }, (_, i) => {
      const ids = [2, 10 + (i % 3), 20 + (i % 10), 3];
      return JSON.stringify({ input_ids: ids, input_mask: [1, 1, 1, 1], segment_ids: [0, 0, 0, 0], ...label(i) });
    }).join("\n");
  const multi = writeFile(
    join(scratch, "multi.jsonl"),
    rowsOf((i) => ({ labels: [Number(i % 3 === 0), Number(i % 3 < 2), 0] })),
  );
  const regression = writeFile(
    join(scratch, "regression.jsonl"),
    rowsOf((i) => ({ value: i % 3 })),
  );

  it.each([
    ["multi_label_classification", multi, ["LABEL_0", "LABEL_1", "LABEL_2"]],
    ["regression", regression, ["LABEL_0"]],
  ])("learns %s, and evaluates the saved model", async (problemType, file, labels) => {
    const run = join(scratch, problemType);
    const features = ["--train-features", file, "--eval-features", file, "--do-train", "--do-eval"];
    const learning = ["--learning-rate", "3e-3", "--num-train-epochs", "8", "--train-batch-size", "8"];
    await bertieOk(["train", ...TINY_MODEL, ...features, ...learning, "--output-dir", run]);
    expect(readJson(run, "config.json")).toMatchObject({
      problem_type: problemType,
      id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    });
    const results = readJson(run, "eval_results.json");
    expect(results.eval_loss).toBeLessThan(lossesOf(run)[0]! * 0.75);
    const { stdout } = await bertieOk(["eval", "--model", run, "--eval-features", file]);
    expect(stdout).toContain(`eval_loss = ${results.eval_loss}`);
    const other = problemType === "regression" ? multi : regression;
    const refused = await bertie(["eval", "--model", run, "--eval-features", other]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("line 1");
  });

  it("rejects aids that do not fit the problem", async () => {
    const features = ["--train-features", regression, "--do-train", "--output-dir", join(scratch, "refused")];
    for (const aid of ["--class-weights=balanced", "--label-smoothing=0.1"]) {
      const { code, stderr } = await bertie(["train", ...TINY_MODEL, ...features, aid]);
      expect(code).toBe(2);
      expect(stderr).toContain(aid.split("=")[0]);
    }
  });
});
