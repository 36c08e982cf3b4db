import { readFileSync } from "node:fs";
import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { bertConfigFromJson } from "../config.ts";
import { initializeParameters } from "../initialize.ts";
import { readWeights } from "../weights/read-weights.ts";
import { loadClassifierParameters } from "./classifier-parameters.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tiny-bert/${name}`, import.meta.url));
const config = bertConfigFromJson(fixture("bert_config.json").toString(), "run/config.json");
const tensors = readWeights(fixture("init.safetensors"), "run/model.safetensors");
const files = { config: "run/config.json", vocab: undefined, weights: "run/model.safetensors" };
const labels = ["bad", "good", "so-so"];
const trained = { name: "run", files, config: { ...config, labels }, tensors };
const withoutWeights = { ...trained, files: { ...files, weights: undefined }, tensors: undefined };
const without = (pattern: RegExp) => ({
  ...trained,
  tensors: new Map([...tensors].filter(([name]) => !pattern.test(name))),
});

describe("loadClassifierParameters()", () => {
  it("returns the labels of the configuration and every parameter of the weights", () => {
    const loaded = loadClassifierParameters(trained, { requireTrained: true });
    expect(loaded.labels).toEqual(labels);
    expect(loaded.initialized).toEqual([]);
    expect([...loaded.parameters.keys()]).toEqual(loaded.specs.map(({ name }) => name));
    expect(loaded.parameters.get("classifier.weight")).toEqual(tensors.get("classifier.weight")!.toFloat32());
  });

  it("initializes a missing classifier from the seed, with one row per label", () => {
    const classifierOf = (seed: number) =>
      loadClassifierParameters(without(/^classifier\./), { labels: ["0", "1"], seed });
    const { initialized, parameters } = classifierOf(1);
    expect(initialized).toEqual(["classifier.weight", "classifier.bias"]);
    expect(parameters.get("classifier.weight")).toHaveLength(2 * config.hiddenSize);
    expect(classifierOf(1).parameters).toEqual(parameters);
    expect(classifierOf(2).parameters).not.toEqual(parameters);
  });

  it("initializes every parameter if random weights are requested", () => {
    const options = { seed: 7, randomWeights: true };
    const { specs, parameters, initialized } = loadClassifierParameters(withoutWeights, options);
    expect(loadClassifierParameters(trained, options).parameters).toEqual(parameters);
    expect(parameters).toEqual(initializeParameters(specs, config.initializerRange, new Random(7, "initialize")));
    expect(initialized).toEqual(specs.map(({ name }) => name));
  });

  it("rejects a directory without weights, and says what it contains", () => {
    const load = (...contents: string[]) => loadClassifierParameters({ ...withoutWeights, contents });
    expect(() => load("config.json", "vocab.txt")).toThrow(
      expect.objectContaining({
        code: "weights/missing",
        message: expect.stringMatching(/^run: .* It contains config\.json, vocab\.txt\. .*\(--random-weights\)\.$/),
      }),
    );
    expect(() => load("tf_model.h5")).toThrow(
      expect.objectContaining({
        code: "weights/unknown-format",
        message: expect.stringMatching(
          /tf_model\.h5.*AutoModelForSequenceClassification\.from_pretrained\('run', from_tf=True\)/,
        ),
      }),
    );
    expect(() => load("flax_model.msgpack")).toThrow(/from_flax=True/);
    for (const entry of ["model.onnx", "onnx/"])
      expect(() => load(entry)).toThrow(/Use the model directory from which the ONNX files were exported/);
    expect(() => load("model.gguf")).toThrow(/Download model\.safetensors or pytorch_model\.bin of the model\.$/);
  });

  it("replaces the output layer if new labels are requested", () => {
    const { initialized, parameters } = loadClassifierParameters(trained, { labels: ["0", "1"], newLabels: true });
    expect(initialized).toEqual(["classifier.weight", "classifier.bias"]);
    expect(parameters.get("bert.pooler.dense.weight")).toEqual(tensors.get("bert.pooler.dense.weight")!.toFloat32());
    expect(() => loadClassifierParameters(trained, { labels: ["0", "1"] })).toThrow(/set newLabels \(--new-labels\)/);
  });

  it("rejects a configuration without labels unless the options have labels", () => {
    const encoder = { ...trained, config };
    expect(() => loadClassifierParameters(encoder)).toThrow(
      expect.objectContaining({
        code: "input/no-labels",
        message: expect.stringMatching(/^run\/config\.json: the configuration has no labels/),
      }),
    );
    expect(loadClassifierParameters(encoder, { labels }).labels).toEqual(labels);
  });

  it.each([
    ["no weights", withoutWeights, "weights/missing", /^run: the directory has no weights .* --init-checkpoint\.$/],
    [
      "no pooler",
      without(/pooler/),
      "weights/missing-tensor",
      /^run\/model\.safetensors: .*bert\.pooler\.dense\.weight/,
    ],
    [
      "no classifier",
      without(/^classifier\./),
      "weights/missing-tensor",
      /tensor classifier\.weight is missing, .* Fine-tune/,
    ],
  ])("rejects a directory with %s if requireTrained is set", (_, directory, code, message) => {
    expect(() => loadClassifierParameters(directory, { requireTrained: true })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
