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
  it("takes what is not given from where the run started", () => {
    const { options, given, differences } = merge({});
    expect(options).toEqual({ ...started, outputDir: "run", resume: true });
    expect([...given]).toEqual(setting.given);
    expect(differences).toEqual([]);
  });

  it("finds options that are set to another value, and whether that is harmless", () => {
    expect(merge({ learningRate: 1e-3, threads: 4, seed: 42, maxSteps: 5 }).differences).toEqual([
      { text: "--learning-rate is 0.001 and was 0.00005", harmless: false },
      { text: "--threads is 4 and was 2", harmless: true },
      { text: "--max-steps is 5 and was not given", harmless: false },
    ]);
  });

  it("allows other paths, and another way to show the run", () => {
    const { options, differences } = merge({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(options).toMatchObject({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(differences).toEqual([]);
  });
});

describe("compareSettings()", () => {
  const compare = (now: Partial<RunSetting>) => compareSettings({ ...setting, ...now }, setting);

  it("finds files with other contents, wherever they are", () => {
    expect(compare({ files: [file("/b/vocab.txt", "1"), file("/b/train.tsv", "2")] })).toEqual([]);
    const text = "train.tsv has other contents, or is read by only one of the two runs";
    for (const files of [[setting.files[0]!], [...setting.files.slice(0, 1), file("/a/train.tsv", "3")]])
      expect(compare({ files })).toEqual([{ text, harmless: false }]);
  });

  it("finds another engine and another device", () => {
    expect(compare({ engine: "tensorflow", device: "webgpu" })).toEqual([
      { text: "the engine is tensorflow and was onnx", harmless: true },
      { text: "the device is webgpu and was cpu", harmless: true },
    ]);
  });
});

describe("compareSettings() of versions", () => {
  const compare = (engine: string, versions: Record<string, string>) =>
    compareSettings({ ...setting, engine, versions }, { ...setting, engine }).map(({ text }) => text);

  it("finds other versions and another runtime, but not ONNX Runtime's where another engine runs", () => {
    const versions = { bertie: "0.2.0", deno: "2.9.6", onnxruntime: "1.24.0" };
    const others = ["bertie is 0.2.0 and was 0.1.0", "deno is 2.9.6 and was none", "node is none and was 20.20.2"];
    expect(compare("reference", versions)).toEqual(others);
    expect(compare("onnx", versions)).toContain("onnxruntime is 1.24.0 and was 1.23.0");
  });

  it("compares what both know, where a program or a page resumes a run of the command line", () => {
    expect(compare("onnx", { bertie: "0.1.0" })).toEqual([]);
    expect(compare("onnx", { bertie: "0.2.0" })).toEqual(["bertie is 0.2.0 and was 0.1.0"]);
  });
});

describe("requireCompatible()", () => {
  const [harmless, harmful] = [
    { text: "a", harmless: true },
    { text: "b", harmless: false },
  ];

  it("lists all changes, and the remedy", () => {
    expect(() => requireCompatible([harmless, harmful], "run", true)).toThrow(
      /run: .*\(a; b\); undo that, or start a run/,
    );
    expect(() => requireCompatible([harmless], "run", false)).toThrow(/\(a\); --resume-anyway continues all the same/);
  });

  it("accepts a run without changes, and one with harmless changes if the user says so", () => {
    requireCompatible([], "run", false);
    requireCompatible([harmless], "run", true);
  });
});
