import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, scratchDirectory, writeFile } from "./bertie.ts";
import { createTraining, filesOf, MODEL_FILES, REPORT_FILES } from "./training.ts";

const scratch = scratchDirectory();
const { options, train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

describe("bertie train --json", () => {
  it("writes events as JSON lines to stdout, in order, and the log to stderr", async () => {
    const { stdout, stderr } = await train("json", "--do-eval", "--json", "--max-steps", "2");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    const types = events.map(({ type }) => type).filter((type) => type !== "example");
    expect(types).toEqual([
      "note",
      "data",
      "run-start",
      "phase-start",
      "train-start",
      "epoch-start",
      "step",
      "step",
      "epoch-end",
      "checkpoint",
      "train-end",
      "phase-start",
      "eval-batch",
      "eval-batch",
      "eval-results",
      // After two steps, the model predicts one of the three labels.
      "note",
      "note",
      "run-end",
    ]);
    expect(events.find(({ type }) => type === "step")).toMatchObject({ step: 1, learning_rate: 0, examples: 8 });
    expect(events.find(({ type }) => type === "example")).toMatchObject({ guid: "train-0", label_id: 0 });
    expect(stderr).toMatch(/eval_accuracy = /);
  });
});

describe("bertie train --overwrite-output-dir", () => {
  it("replaces a directory only when the run is complete", async () => {
    const run = inScratch("old");
    writeFile(join(run, "note.txt"), "old");
    const args = ["train", ...options, "--output-dir", run, "--overwrite-output-dir", "--max-steps", "1"];
    const failed = await bertie([...args, "--learning-rate", "1e30", "--warmup-proportion", "0", "--max-steps", "9"]);
    expect(failed.code).toBe(1);
    expect(readdirSync(run)).toEqual(["note.txt"]);
    await bertieOk(args);
    const others = [...REPORT_FILES, "checkpoints", "metrics.jsonl", "run.json"];
    expect(filesOf(run)).toEqual([...MODEL_FILES, ...others].sort());
    expect(readdirSync(scratch).filter((name) => name.startsWith("old"))).toEqual(["old"]);
  });
});

describe("bertie train, interrupted", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s before the first step, reports it and leaves no files",
    async (name) => {
      const parent = inScratch(`interrupted-${name}`);
      mkdirSync(parent);
      const args = ["train", ...options, "--output-dir", join(parent, "run"), "--num-train-epochs", "1000"];
      for (const engine of ["onnx", "reference"]) {
        const outcome = await bertie([...args, "--engine", engine], { signal: { name, when: /^device: /m } });
        expect(outcome.code).toBe(130);
        expect(outcome.stderr.trimEnd().split("\n").at(-1)).toBe("bertie: interrupted: nothing was saved");
        expect(readdirSync(parent)).toEqual([]);
      }
    },
  );
});
