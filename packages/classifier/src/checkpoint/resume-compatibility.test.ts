import { describe, expect, it } from "vitest";
import type { RunSetting } from "./checkpoint.ts";
import { compareSettings, mergeOptions, type OptionRecord, requireCompatible } from "./resume-compatibility.ts";

const file = (path: string, sha256: string) => ({ path, sha256 });
const started = {
  learningRate: 5e-5,
  seed: 42,
  dataDir: "/data",
  outputDir: "elsewhere",
  logEvery: 10,
  threads: 2,
};
const setting: RunSetting = {
  options: started,
  given: ["dataDir", "outputDir", "threads"],
  engine: "onnx",
  device: "cpu",
  versions: { bertie: "0.1.0", node: "20.20.2", onnxruntime: "1.23.0" },
  files: [file("/a/vocab.txt", "1"), file("/a/train.tsv", "2")],
};
const defaults = { learningRate: 1, seed: 1, logEvery: 1, outputDir: "run", resume: true };
const rules = {
  isPath: (name: string) => name === "dataDir",
  nameOf: (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
};
const merge = (now: OptionRecord) => mergeOptions({ ...defaults, ...now }, new Set(Object.keys(now)), setting, rules);

describe("mergeOptions()", () => {
  it("inherits the options that are not set", () => {
    const { options, given, differences } = merge({});
    expect(options).toEqual({ ...started, outputDir: "run", resume: true });
    expect([...given]).toEqual(setting.given);
    expect(differences).toEqual([]);
  });

  it("lists options with different values, and whether the differences are harmless", () => {
    expect(merge({ learningRate: 1e-3, threads: 4, seed: 42, maxSteps: 5 }).differences).toEqual([
      { text: "--learning-rate is 0.001, previously 0.00005", harmless: false },
      { text: "--threads is 4, previously 2", harmless: true },
      { text: "--max-steps is 5, previously not set", harmless: false },
    ]);
  });

  it("ignores paths and output options", () => {
    const { options, differences } = merge({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(options).toMatchObject({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(differences).toEqual([]);
  });
});

describe("compareSettings()", () => {
  const compare = (now: Partial<RunSetting>) => compareSettings({ ...setting, ...now }, setting);

  it("lists files with different contents, regardless of their paths", () => {
    expect(compare({ files: [file("/b/vocab.txt", "1"), file("/b/train.tsv", "2")] })).toEqual([]);
    const text = "train.tsv was changed, added or removed";
    for (const files of [[setting.files[0]!], [...setting.files.slice(0, 1), file("/a/train.tsv", "3")]])
      expect(compare({ files })).toEqual([{ text, harmless: false }]);
  });

  it("lists a different engine and a different device", () => {
    expect(compare({ engine: "tensorflow", device: "webgpu" })).toEqual([
      { text: "the engine is tensorflow, previously onnx", harmless: true },
      { text: "the device is webgpu, previously cpu", harmless: true },
    ]);
  });
});

describe("compareSettings() of versions", () => {
  const compare = (engine: string, versions: Record<string, string>) =>
    compareSettings({ ...setting, engine, versions }, { ...setting, engine }).map(({ text }) => text);

  it("lists different versions and a different runtime, but ONNX Runtime only for its engine", () => {
    const versions = { bertie: "0.2.0", deno: "2.9.6", onnxruntime: "1.24.0" };
    expect(compare("reference", versions)).toEqual([
      "the version of bertie is 0.2.0, previously 0.1.0",
      "the version of deno is 2.9.6, previously none",
      "the version of node is none, previously 20.20.2",
    ]);
    expect(compare("onnx", versions)).toContain("the version of onnxruntime is 1.24.0, previously 1.23.0");
  });

  it("compares only versions that both runs have recorded", () => {
    expect(compare("onnx", { bertie: "0.1.0" })).toEqual([]);
    expect(compare("onnx", { bertie: "0.2.0" })).toEqual(["the version of bertie is 0.2.0, previously 0.1.0"]);
  });
});

describe("requireCompatible()", () => {
  const [harmless, harmful] = [
    { text: "a", harmless: true },
    { text: "b", harmless: false },
  ];

  it("throws an error with all differences and the remedy", () => {
    expect(() => requireCompatible([harmless, harmful], "run", true, "run/step-2")).toThrow(
      /run: .*\(a; b\)\. Undo the changes, or start a new run .*\(--model run\/step-2 --output-dir DIR, without --resume\)/,
    );
    expect(() => requireCompatible([harmless], "run", false, "run/step-2")).toThrow(
      /\(a\)\. .*set resumeAnyway \(--resume-anyway\)/,
    );
  });

  it("accepts a run without differences, and harmless differences on request", () => {
    requireCompatible([], "run", false, "run/step-2");
    requireCompatible([harmless], "run", true, "run/step-2");
  });
});
