import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { runOptions } from "../options/run-options.ts";
import { camelCase } from "../options/table.ts";
import { formatRunToml, type ProposedRun } from "./run-toml.ts";

const run: ProposedRun = {
  trainFile: ['a "quoted" name.csv'],
  format: "csv",
  encoding: "gb18030",
  delimiter: "tab",
  header: true,
  textColumn: "评论",
  labelColumn: ["情感"],
  problemType: "single",
  model: "models/chinese",
  maxSeqLength: 64,
  classWeights: "balanced",
  outputDir: "runs/a",
};

it("formatRunToml() writes TOML whose keys are options of bertie train", () => {
  const values = parse(formatRunToml(run));
  expect(values).toMatchObject({
    "train-file": ['a "quoted" name.csv'],
    "text-column": "评论",
    "label-column": ["情感"],
    header: true,
    "learning-rate": 5e-5,
    "class-weights": "balanced",
  });
  for (const name of Object.keys(values)) expect(Object.keys(runOptions)).toContain(camelCase(name));
});

it("formatRunToml() proposes the options that are unknown as comments", () => {
  const text = formatRunToml({ ...run, model: undefined, classWeights: undefined });
  expect(text).toContain('# model = "models/bert"');
  expect(text).toContain('# class-weights = "balanced"');
  expect(parse(text)).not.toHaveProperty("model");
});
