import { readSafetensors } from "@bertie/model";
import { describe, expect, it, vi } from "vitest";
import { newsRows, scratchDirectory, writeFile } from "./bertie.ts";
import {
  base,
  config,
  createModels,
  type Files,
  failure,
  safetensors,
  sizes,
  tokenizerJson,
  trained,
  vocab,
  whole,
} from "./model-directories.ts";
import { readJson, weightsOf } from "./training.ts";

vi.setConfig({ testTimeout: 60_000 });

const { inScratch, directory, task, train, refusal } = createModels(scratchDirectory());
let cases = 0;

describe("a model that is not fine-tuned", () => {
  const model = directory("pre-trained", { ...base, ...whole });
  const notTuned =
    /pre-trained\/model\.safetensors: tensor classifier\.weight is missing, so the model is not fine-tuned/;

  it.each([
    ["eval", ["eval", ...task]],
    ["predict", ["predict", ...task]],
    ["predict FILE", ["predict", "--engine", "reference", inScratch("news", "dev.tsv")]],
    ["train --do-eval", ["train", ...task, "--do-eval"]],
    ["train --do-predict", ["train", ...task, "--do-predict"]],
  ])("is refused by %s", async (_, args) => {
    expect(await failure(...args, "--model", model)).toMatch(/so the model is not fine-tuned/);
  });

  it("is refused even if its configuration has labels", async () => {
    const labels = JSON.stringify({ ...sizes, id2label: { 0: "bad", 1: "good", 2: "so-so" } });
    const labeled = directory("labeled/pre-trained", { ...base, ...whole, "config.json": labels });
    expect(await failure("eval", ...task, "--model", labeled)).toMatch(notTuned);
    expect(await failure("eval", ...task, "--model", directory("empty", base))).toMatch(
      /has no weights that Bertie can/,
    );
  });
});

describe("a fine-tuned model and other labels", () => {
  const labels = (...names: string[]) => ({
    ...sizes,
    id2label: Object.fromEntries(names.map((name, id) => [id, name])),
  });
  const tuned = (name: string, ...names: string[]) =>
    directory(name, {
      ...base,
      "config.json": JSON.stringify(labels(...names)),
      "model.safetensors": safetensors([...trained]),
    });
  const model = tuned("tuned", "so-so", "bad", "good");
  const dataWith = (name: string, names: string[]) => {
    writeFile(inScratch(name, "dev.tsv"), newsRows(6, names));
    writeFile(inScratch(name, "train.tsv"), newsRows(12, names));
    return ["--data-dir", inScratch(name)];
  };

  it("the same labels keep the order of the model silently", async () => {
    const { run, stderr } = await train(model, "--learning-rate", "0");
    expect(readJson(run, "config.json").id2label).toEqual({ 0: "so-so", 1: "bad", 2: "good" });
    expect(readSafetensors(weightsOf(run), "w").get("classifier.weight")!.toFloat32()).toEqual(
      trained.get("classifier.weight")!.toFloat32(),
    );
    expect(stderr).not.toMatch(/^warning/m);
  });

  it.each([
    ["as many others", ["x", "y", "z"]],
    ["fewer others", ["x", "y"]],
    ["more, including those of the model", ["bad", "good", "so-so", "superb"]],
  ])("%s need --new-labels", async (name, names) => {
    const data = dataWith(name.replaceAll(" ", "-"), names);
    const message = await refusal(model, ...data);
    expect(message).toMatch(/the model was fine-tuned on "so-so", "bad", "good"\. .*set --new-labels\./);
    expect(message).toContain(names.includes("superb") ? 'the label "superb"' : 'the labels "x", "y"');
    const circular = await refusal(model, ...data, "--num-labels", `${names.length}`);
    expect(circular).toContain("--new-labels");
    const { run, stderr } = await train(model, ...data, "--new-labels", "--learning-rate", "0");
    expect(Object.values(readJson(run, "config.json").id2label as object)).toEqual(names);
    const kept = readSafetensors(weightsOf(run), "w");
    expect(kept.get("bert.pooler.dense.weight")!.toFloat32()).toEqual(
      trained.get("bert.pooler.dense.weight")!.toFloat32(),
    );
    expect(kept.get("classifier.weight")!.toFloat32()).not.toEqual(trained.get("classifier.weight")!.toFloat32());
    expect(stderr).toContain(`training a new classifier for ${names.length} labels`);
  });

  it("placeholders are replaced by the labels of the data", async () => {
    const { run } = await train(tuned("placeholders", "LABEL_0", "LABEL_1", "LABEL_2"), "--learning-rate", "0");
    expect(readJson(run, "config.json").id2label).toEqual({ 0: "bad", 1: "good", 2: "so-so" });
    expect(readSafetensors(weightsOf(run), "w").get("classifier.weight")!.toFloat32()).toEqual(
      trained.get("classifier.weight")!.toFloat32(),
    );
  });

  it("--num-labels with the wrong number says what to do", async () => {
    expect(await refusal(model, "--num-labels", "2")).toMatch(
      /--num-labels is 2, but the model was fine-tuned on 3 labels/,
    );
  });

  it("weights with another number of labels but no names need --new-labels", async () => {
    const unnamed = directory("unnamed", { ...base, "model.safetensors": safetensors([...trained]) });
    const data = dataWith("two", ["a", "b"]);
    expect(await refusal(unnamed, ...data)).toMatch(
      /Number of labels in the weights: 3; in the data: 2\. .*--new-labels/,
    );
    await train(unnamed, ...data, "--new-labels");
  });
});

describe("lower case that contradicts the model gives a warning", () => {
  const cased = vocab
    .replace(/^酒$/m, "Good")
    .replace(/^店$/m, "Bad")
    .replace(/^room$/m, "R");
  const warningOf = async (files: Files, ...args: string[]) =>
    (
      await train(
        directory(`case-${cases++}`, { "config.json": config, "vocab.txt": vocab, ...whole, ...files }),
        ...args,
      )
    ).stderr;

  it("--do-lower-case with a cased vocabulary", async () => {
    expect(await warningOf({ "vocab.txt": cased }, "--do-lower-case")).toMatch(
      /^warning: the vocabulary is cased \(\d+ of \d+ .*, but texts are lowercased\. Do not set --do-lower-case/m,
    );
  });

  it("settings of tokenizer_config.json or tokenizer.json that differ from the flag", async () => {
    const off = { "tokenizer_config.json": JSON.stringify({ do_lower_case: false }) };
    const flagged = await warningOf(off, "--do-lower-case");
    expect(flagged).toMatch(
      /^warning: texts are lowercased, although the tokenizer files of the model require no lowercasing/m,
    );
    const json = { "tokenizer.json": tokenizerJson({}, { lowercase: true }) };
    expect(await warningOf(json, "--do-lower-case=false")).toMatch(
      /^warning: texts are not lowercased, although the tokenizer files of the model require lowercasing/m,
    );
    expect(await warningOf({ ...off, ...json })).toMatch(
      /^warning: .*tokenizer\.json: "normalizer\.lowercase" is true, but "do_lower_case" of tokenizer_config\.json, or its default, is false/m,
    );
    expect(await warningOf(json)).not.toMatch(/^warning: .*lower/m);
  });

  it("settings for accents and ideographs are kept in the trained model", async () => {
    const settings = { do_lower_case: true, strip_accents: false, tokenize_chinese_chars: false };
    const json = { "tokenizer.json": tokenizerJson(), "tokenizer_config.json": JSON.stringify(settings) };
    const { run, stderr } = await train(directory("accents", { "config.json": config, ...whole, ...json }));
    expect(stderr).toMatch(/^warning: .*"normalizer\.strip_accents" is true, but "strip_accents" of tokenizer_config/m);
    expect(readJson(run, "tokenizer_config.json")).toMatchObject({
      do_lower_case: true,
      strip_accents: false,
      tokenize_chinese_chars: false,
    });
  });
});
