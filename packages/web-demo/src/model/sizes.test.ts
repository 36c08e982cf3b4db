import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { readSafetensors } from "@bertie/model";
import { describe, expect, it } from "vitest";
import { dequantized } from "./int8-weights.ts";
import { ENCODER_BYTES, ENGINE_BYTES, type EncoderLanguage } from "./sizes.ts";

const root = new URL("../../../../", import.meta.url);
const { quantizedEncoder } = (await import(new URL("scripts/quantize-encoders.js", root).href)) as {
  quantizedEncoder(language: EncoderLanguage): Uint8Array;
};

it("ENGINE_BYTES is the size of the engine", () => {
  const { resolve } = createRequire(import.meta.url);
  expect(ENGINE_BYTES).toBe(statSync(resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")).size);
});

describe.each([
  ["zh", "bge-small-zh-v1.5"],
  ["en", "all-MiniLM-L6-v2"],
] as const)("encoder %s", (language, folder) => {
  it("has the size of ENCODER_BYTES, and weights that differ from the original ones by half a step of each row", () => {
    const contents = quantizedEncoder(language);
    expect(contents.length).toBe(ENCODER_BYTES[language]);
    const rounded = readSafetensors(dequantized(contents), "rounded");
    const path = new URL(`examples/models/${folder}/model.safetensors`, root);
    const original = readSafetensors(readFileSync(path), "original");
    expect([...rounded.keys()].sort()).toEqual([...original.keys()].sort());
    for (const [name, tensor] of original) {
      const [values, others] = [tensor.toFloat32(), rounded.get(name)!.toFloat32()];
      const columns = tensor.shape.at(-1)!;
      for (let start = 0; start < values.length; start += columns) {
        let [largest, difference] = [0, 0];
        for (let i = start; i < start + columns; i++) {
          largest = Math.max(largest, Math.abs(values[i]!));
          difference = Math.max(difference, Math.abs(values[i]! - others[i]!));
        }
        if (difference > (largest / 127) * 0.501) expect.fail(`${name}: differs by ${difference} of ${largest}`);
      }
    }
  });
});
