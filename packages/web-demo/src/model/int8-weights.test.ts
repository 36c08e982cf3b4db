import { readFileSync } from "node:fs";
import { readSafetensors } from "@bertie/model";
import { describe, expect, it } from "vitest";
import type { EncoderLanguage } from "./encoders.ts";
import { dequantized } from "./int8-weights.ts";

const root = new URL("../../../../", import.meta.url);
const { quantizedEncoder } = (await import(new URL("scripts/quantize-encoders.js", root).href)) as {
  quantizedEncoder(language: EncoderLanguage): Uint8Array;
};

describe.each([
  ["zh", "bge-small-zh-v1.5"],
  ["en", "all-MiniLM-L6-v2"],
] as const)("encoder %s", (language, folder) => {
  it("has weights that differ from the original ones by at most half a step of each row", () => {
    const rounded = readSafetensors(dequantized(quantizedEncoder(language)), "rounded");
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
