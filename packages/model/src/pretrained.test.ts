import { readFileSync } from "node:fs";
import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { bertConfigFromJson } from "./config.ts";
import { parameterSpecs } from "./parameters.ts";
import { loadNotes, loadPretrained, loadWarnings } from "./pretrained.ts";
import { readSafetensors } from "./weights/safetensors.ts";
import { type NamedTensors, tensorFromFloat32, type WeightTensor } from "./weights/tensor.ts";

const fixtures = new URL("../fixtures/tiny-bert/", import.meta.url);
const config = bertConfigFromJson(readFileSync(new URL("bert_config.json", fixtures), "utf8"), "bert_config.json");
const specs = parameterSpecs(config, 3);
const golden = readSafetensors(readFileSync(new URL("init.safetensors", fixtures)), "init.safetensors");

const load = (tensors: NamedTensors, labels = 3) =>
  loadPretrained(parameterSpecs(config, labels), tensors, {
    random: new Random(42, "init"),
    initializerRange: config.initializerRange,
    fileName: "w.bin",
  });

/** Returns the golden tensors with other names. A tensor is removed if its new name is undefined. */
function rename(change: (name: string) => string | undefined): Map<string, WeightTensor> {
  const renamed = Array.from(golden, ([name, tensor]) => [change(name), tensor] as const);
  return new Map(renamed.filter((pair): pair is [string, WeightTensor] => pair[0] !== undefined));
}

const google = (name: string) =>
  name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");

describe("loadPretrained()", () => {
  it.each<[string, (name: string) => string]>([
    ["with the prefix bert.", (name) => name],
    ["with the prefix module.bert.", (name) => `module.${name}`],
    ["without a prefix", (name) => name.replace(/^bert\./, "")],
    ["with the prefix module.", (name) => `module.${name.replace(/^bert\./, "")}`],
    ["with gamma and beta", google],
    ["with gamma and beta, without a prefix", (name) => google(name).replace(/^bert\./, "")],
  ])("maps names %s", (_, change) => {
    const { parameters, initialized, ignored } = load(rename(change));
    expect([initialized, ignored]).toEqual([[], []]);
    expect([...parameters.keys()]).toEqual(specs.map(({ name }) => name));
    for (const [name, values] of parameters) expect(values).toEqual(golden.get(name)!.toFloat32());
  });

  it("initializes a missing pooler and classifier, and reports them", () => {
    const loaded = load(rename((name) => (/pooler|classifier/.test(name) ? undefined : name)));
    expect(loaded.initialized).toEqual([
      "bert.pooler.dense.weight",
      "bert.pooler.dense.bias",
      "classifier.weight",
      "classifier.bias",
    ]);
    expect(loaded.parameters.get("classifier.bias")).toEqual(new Float32Array(3));
    expect(loaded.parameters.get("classifier.weight")!.some((value) => value !== 0)).toBe(true);
    expect(loadWarnings(loaded, "w.bin")).toEqual([
      "w.bin: bert.pooler.dense.weight, bert.pooler.dense.bias, classifier.weight, classifier.bias are missing and were initialized at random. Train the model before using it.",
    ]);
  });

  it("ignores and reports tensors that the model does not use", () => {
    const tensors = rename((name) => name);
    for (const name of ["cls.predictions.bias", "bert.embeddings.position_ids"]) {
      tensors.set(name, tensorFromFloat32([1], new Float32Array(1)));
    }
    const loaded = load(tensors);
    expect(loaded.ignored).toEqual(["cls.predictions.bias", "bert.embeddings.position_ids"]);
    expect(loadWarnings(loaded, "w.bin")).toEqual([]);
    expect(loadNotes(loaded, "w.bin")).toEqual([expect.stringMatching(/^w\.bin: .*: cls\.predictions\.bias$/)]);
    expect(loadWarnings(load(golden), "w.bin")).toEqual([]);
    const many = { initialized: [], ignored: ["\u001b[2J", ..."abcdefgh"], parameters: new Map() };
    expect(loadWarnings(many, "w.bin")[0]).toMatch(/: "\\u001b\[2J", a, b, c, d, e and 3 more$/);
  });

  it("rejects a file that lacks a tensor of the encoder, naming the tensor", () => {
    const lost = "bert.encoder.layer.1.output.dense.bias";
    expect(() => load(rename((name) => (name === lost ? undefined : name)))).toThrow(
      /w\.bin: tensor .*layer\.1\.output\.dense\.bias is missing/,
    );
  });

  it("rejects another shape, naming the tensor and both shapes", () => {
    const tensors = new Map(golden).set(
      "bert.embeddings.word_embeddings.weight",
      tensorFromFloat32([2, 32], new Float32Array(64)),
    );
    expect(() => load(tensors)).toThrow(
      /word_embeddings\.weight has shape \[2,32\], but the model requires \[101,32\]/,
    );
    const flat = new Map(golden).set("classifier.weight", tensorFromFloat32([96], new Float32Array(96)));
    expect(() => load(flat)).toThrow(/\[96\], but the model requires \[3,32\]/);
  });

  it("rejects a classifier with another number of labels, naming both numbers", () => {
    expect(() => load(golden, 5)).toThrow(/\[3,32\], but the model requires \[5,32\].*weights: 3; in the data: 5/);
  });

  it("rejects two tensors that map to one parameter", () => {
    const tensors = new Map(golden).set("module.classifier.bias", golden.get("classifier.bias")!);
    expect(() => load(tensors)).toThrow(
      /classifier\.bias and module\.classifier\.bias both map to parameter classifier\.bias/,
    );
  });

  it("advances the generator equally whether or not parameters are missing", () => {
    const after = (tensors: NamedTensors) => {
      const random = new Random(1, "init");
      loadPretrained(specs, tensors, { random, initializerRange: 0.02 });
      return random.state;
    };
    expect(after(golden)).toEqual(after(rename((name) => (name.startsWith("classifier") ? undefined : name))));
  });
});
