import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunOptions } from "../options/run-options.ts";
import type { RunSetting } from "./checkpoint.ts";
import { compareSettings, keptOptions, mergeOptions, requireSame } from "./differences.ts";

const file = (path: string, sha256: string) => ({ path, sha256 });
const began = {
  learningRate: 5e-5,
  seed: 42,
  dataDir: "data",
  outputDir: "run",
  logEvery: 10,
  threads: 2,
} as RunOptions;
const setting: RunSetting = {
  options: keptOptions(began),
  given: ["dataDir", "outputDir", "threads"],
  engine: "onnx",
  device: "cpu",
  versions: { bertie: "0.1.0", node: "20.20.2", onnxruntime: "1.23.0" },
  files: [file("/a/vocab.txt", "1"), file("/a/train.tsv", "2")],
};
const defaults = { learningRate: 1, seed: 1, logEvery: 1, outputDir: "run", resume: true } as RunOptions;
const merge = (now: Partial<RunOptions>) =>
  mergeOptions({ ...defaults, ...now }, new Set(Object.keys(now) as (keyof RunOptions)[]), setting);

describe("mergeOptions()", () => {
  it("takes what is not given from where the run began", () => {
    const { options, given, differences } = merge({});
    const { outputDir, ...rest } = began;
    expect(options).toEqual({ ...rest, dataDir: resolve("data"), outputDir: "run", resume: true });
    expect([...given]).toEqual(setting.given);
    expect(differences).toEqual([]);
  });

  it("finds what is given and was otherwise, and whether that does harm", () => {
    expect(merge({ learningRate: 1e-3, threads: 4, seed: 42, maxSteps: 5 }).differences).toEqual([
      { text: "--learning-rate is 0.001 and was 0.00005", harmless: false },
      { text: "--threads is 4 and was 2", harmless: true },
      { text: "--max-steps is 5 and was not given", harmless: false },
    ]);
  });

  it("lets paths, and how the run is shown, be others", () => {
    const { options, differences } = merge({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(options).toMatchObject({ dataDir: "elsewhere", logEvery: 3, json: true });
    expect(differences).toEqual([]);
  });
});

describe("compareSettings()", () => {
  const compare = (now: Partial<RunSetting>) => compareSettings({ ...setting, ...now }, setting);

  it("finds contents that are others, wherever the files lie", () => {
    expect(compare({ files: [file("/b/vocab.txt", "1"), file("/b/train.tsv", "2")] })).toEqual([]);
    const text = "train.tsv has other contents, or is read only now or then";
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

  it("finds others, and another runtime, but not ONNX Runtime's where that computes nothing", () => {
    const versions = { bertie: "0.2.0", deno: "2.9.6", onnxruntime: "1.24.0" };
    const others = ["bertie is 0.2.0 and was 0.1.0", "deno is 2.9.6 and was none", "node is none and was 20.20.2"];
    expect(compare("reference", versions)).toEqual(others);
    expect(compare("onnx", versions)).toContain("onnxruntime is 1.24.0 and was 1.23.0");
  });
});

describe("requireSame()", () => {
  const [harmless, harmful] = [
    { text: "a", harmless: true },
    { text: "b", harmless: false },
  ];

  it("lists all that has changed, and what to do", () => {
    expect(() => requireSame([harmless, harmful], "run", true)).toThrow(/run: .*\(a; b\); undo that, or begin a run/);
    expect(() => requireSame([harmless], "run", false)).toThrow(/\(a\); with --resume-anyway it goes on/);
  });

  it("lets a run go on that is the same, and one with harmless changes if that is said", () => {
    requireSame([], "run", false);
    requireSame([harmless], "run", true);
  });
});
