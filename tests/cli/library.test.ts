import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import {
  createTrainer,
  directoryStorage,
  TextClassifier,
  type TrainerOptions,
} from "../../packages/classifier/src/index.ts";
import { bertie, bertieOk, readLines, scratchDirectory, TINY, writeFile } from "./bertie.ts";
import { createTraining, MODEL_FILES, readJson, stepsOf } from "./training.ts";

vi.setConfig({ testTimeout: 240_000 });

const scratch = scratchDirectory();
const { news, options: commandOptions } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

// The tiny model as a directory in the layout of 2018, which the command reads as single files.
const model = inScratch("model");
for (const [name, path] of [
  ["bert_config.json", TINY.config],
  ["vocab.txt", TINY.vocab],
] as const)
  writeFile(join(model, name), readFileSync(path));

const file = (set: "train" | "dev") => ({ task: "news", set, file: join(news, `${set}.tsv`) }) as const;

/** Options of a run of twelve steps, for the library and for the command. */
const settings = (engine: "reference" | "onnx") => ({
  library: {
    ...{
      model,
      randomWeights: true,
      train: file("train"),
      evaluation: file("dev"),
      lowercase: true,
      maxLength: 16,
      batchSize: 8,
    },
    ...{ epochs: 4, learningRate: 3e-3, checkpointSteps: 2, seed: 7, engine, device: "cpu" },
  } satisfies TrainerOptions,
  command: [
    ...["train", ...commandOptions, "--do-eval", "--num-train-epochs", "4", "--learning-rate", "3e-3"],
    ...["--save-checkpoints-steps", "2", "--seed", "7", "--engine", engine, "--device", "cpu", "--log-every", "1"],
  ],
});

async function run(options: TrainerOptions, signal?: AbortSignal, onStep: (step: number) => unknown = () => {}) {
  const trainer = await createTrainer(options);
  for await (const event of trainer.run({ signal })) if (event.type === "step") onStep(event.step);
}

/** Runs a trainer and aborts it after a step. */
async function runUntil(last: number, options: TrainerOptions) {
  const controller = new AbortController();
  const reason = new Error("aborted by the test");
  const interrupted = run(options, controller.signal, (step) => step === last && controller.abort(reason));
  await expect(interrupted).rejects.toBe(reason);
}

/** Returns the files and metrics of a run that do not depend on whether the library or the command ran it. */
function outcomeOf(path: string) {
  const files = [...MODEL_FILES, "eval_results.txt", "eval_results.json"];
  return { files: files.map((name) => readFileSync(join(path, name), "latin1")), steps: stepsOf(path) };
}

describe.each(["reference", "onnx"] as const)("createTrainer() and bertie train, on %s", (engine) => {
  const { library, command } = settings(engine);
  const uninterrupted = inScratch(`${engine}-uninterrupted`);

  it("produce the same files with the same options", async () => {
    await bertieOk([...command, "--output-dir", uninterrupted]);
    const path = inScratch(`${engine}-library`);
    await run({ ...library, storage: directoryStorage(path) });
    expect(outcomeOf(path)).toEqual(outcomeOf(uninterrupted));
    const facts = ({ task_name, pairs, labels, seed, max_seq_length, do_lower_case }: Record<string, unknown>) => ({
      ...{ task_name, pairs, labels, seed, max_seq_length, do_lower_case },
    });
    expect(facts(readJson(path, "run.json"))).toEqual(facts(readJson(uninterrupted, "run.json")));
  });

  it("resume each other's runs to the same files: the command resumes the library's run, with its data", async () => {
    const path = inScratch(`${engine}-by-library`);
    const storage = directoryStorage(path);
    await runUntil(5, { ...library, storage, keepData: true });
    expect(existsSync(path)).toBe(false);
    const resume = ["train", "--resume", relative(process.cwd(), path), "--log-every", "1"];
    const { code, stderr } = await bertie(resume, { signal: { name: "SIGINT", when: /^step 7\//m } });
    expect(code).toBe(130);
    expect(stderr).toMatch(/resuming after step 5$/m);
    await runUntil(10, { storage, resume: true });
    await bertieOk(resume);
    expect(outcomeOf(path)).toEqual(outcomeOf(uninterrupted));
    expect(readJson(path, "run.json")).toMatchObject({ task_name: "news", pairs: false });
  });

  it("resume each other's runs to the same files: the library resumes the command's run", async () => {
    const path = inScratch(`${engine}-by-command`);
    const signal = { name: "SIGINT", when: /^step 3\//m } as const;
    const { code } = await bertie([...command, "--output-dir", path], { signal });
    expect(code).toBe(130);
    const { model: _, ...options } = library;
    await run({ ...options, storage: directoryStorage(path), resume: true });
    expect(outcomeOf(path)).toEqual(outcomeOf(uninterrupted));
  });
});

it("TextClassifier returns the probabilities of bertie predict and the results of bertie eval", async () => {
  const path = inScratch("onnx-uninterrupted");
  const texts = ["很好，1 酒店 room", "", "很差，很差，很差，很差", "不大不小 room"];
  const { stdout } = await bertieOk(["predict", "--model", path], { stdin: `${texts.join("\n")}\n` });
  await using classifier = await TextClassifier.load(path, { engine: "onnx", device: "cpu" });
  const answers = await classifier.classify(texts);
  for (const [i, line] of stdout.trimEnd().split("\n").slice(1).entries()) {
    const [label, _score, ...probabilities] = line.split("\t");
    expect(answers[i]![0]!.label).toBe(label);
    for (const [id, name] of classifier.labels.entries()) {
      const { score } = answers[i]!.find((answer) => answer.label === name)!;
      expect(Math.abs(Number(probabilities[id]) - score)).toBeLessThanOrEqual(1e-6);
    }
  }
  const { accuracy, loss, metrics } = await classifier.evaluate(file("dev"));
  const results = new Map(
    readLines(join(path, "eval_results.txt")).map((line) => line.split(" = ") as [string, string]),
  );
  expect(accuracy).toBe(Number(results.get("eval_accuracy")));
  expect(loss).toBeCloseTo(Number(results.get("eval_loss")), 5);
  expect(metrics.macro_f1).toBe(Number(results.get("eval_macro_f1")));
});
