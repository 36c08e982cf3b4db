import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ENCODER_BYTES, ENGINE_BYTES } from "./sizes.ts";

const root = new URL("../../../../", import.meta.url);
const sizeOf = (path: string) => statSync(fileURLToPath(new URL(path, root))).size;

it("ENCODER_BYTES and ENGINE_BYTES are the sizes of the files", () => {
  expect(ENCODER_BYTES).toEqual({
    zh: sizeOf("examples/models/bge-small-zh-v1.5/model.safetensors"),
    en: sizeOf("examples/models/all-MiniLM-L6-v2/model.safetensors"),
  });
  const { resolve } = createRequire(import.meta.url);
  expect(ENGINE_BYTES).toBe(statSync(resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")).size);
});
