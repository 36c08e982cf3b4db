import { readFileSync } from "node:fs";
import { sizeOf } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { bertConfigFromJson } from "./config.ts";
import { isBelowLayer, parameterSpecs } from "./parameters.ts";
import { readSafetensors } from "./weights/safetensors.ts";

const fixtures = new URL("../fixtures/tiny-bert/", import.meta.url);
const config = bertConfigFromJson(readFileSync(new URL("bert_config.json", fixtures), "utf8"), "bert_config.json");
const specs = parameterSpecs(config, 3);

describe("parameterSpecs()", () => {
  it("returns the names and shapes of the reference implementation's parameters", () => {
    const file = readSafetensors(readFileSync(new URL("init.safetensors", fixtures)), "init.safetensors");
    const shapes = Object.fromEntries(Array.from(file, ([name, { shape }]) => [name, shape]));
    expect(Object.fromEntries(specs.map(({ name, shape }) => [name, shape]))).toEqual(shapes);
  });

  it("returns the 102,267,648 parameters of a Chinese BERT base, plus a classifier", () => {
    const base = {
      ...config,
      vocabSize: 21128,
      hiddenSize: 768,
      numHiddenLayers: 12,
      intermediateSize: 3072,
      maxPositionEmbeddings: 512,
    };
    const encoder = parameterSpecs(base, 2).filter(({ name }) => name.startsWith("bert."));
    expect(encoder.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(102_267_648);
  });

  it("excludes biases and LayerNorm from weight decay, and initializes them with zeros and ones", () => {
    for (const { name, init, decay } of specs) {
      const isNorm = name.includes("LayerNorm");
      expect([name, decay]).toEqual([name, !(name.endsWith(".bias") || isNorm)]);
      expect([name, init]).toEqual([name, name.endsWith(".bias") ? "zeros" : isNorm ? "ones" : "normal"]);
    }
  });
});

describe("isBelowLayer()", () => {
  it("is true for the embeddings and the given number of layers", () => {
    const below = (layers: number) => specs.map(({ name }) => name).filter((name) => isBelowLayer(name, layers));
    const embeddings = specs.slice(0, 5).map(({ name }) => name);
    expect(below(0)).toEqual(embeddings);
    expect(below(1)).toEqual([...embeddings, ...layerOf(0)]);
    expect(below(2)).toEqual([...embeddings, ...layerOf(0), ...layerOf(1)]);
    const many = parameterSpecs({ ...config, numHiddenLayers: 12 }, 3).map(({ name }) => name);
    expect(many.filter((name) => !isBelowLayer(name, 1)).some((name) => name.includes("layer.11."))).toBe(true);
  });
});

function layerOf(layer: number): string[] {
  return specs.map(({ name }) => name).filter((name) => name.startsWith(`bert.encoder.layer.${layer}.`));
}
