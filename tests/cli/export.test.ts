import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { examples, tinyModel } from "../../packages/classifier/src/testing/tiny-model.ts";
import { bertie, bertieOk, scratchDirectory, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
for (const [name, contents] of tinyModel({ labels: ["bad", "good"], record: {} }))
  writeFile(join(scratch, "model", name), contents);
const rows = examples(40).map(({ text, label }) => `${label}\t${text}\n`);
const table = writeFile(join(scratch, "dev.tsv"), ["label\ttext\n", ...rows].join(""));
const model = join(scratch, "model");

it("bertie export writes ONNX files and prints how they compare with the original", async () => {
  const output = join(scratch, "exported");
  const { stdout } = await bertieOk(["export", model, "--output-dir", output, "--check", table, "--calibrate", table]);
  expect(stdout.trim().split("\n")).toHaveLength(5);
  expect(stdout).toMatch(/model\.onnx +fp32 .* 0 of 40 /);
  expect(existsSync(join(output, "onnx/model_quantized.onnx"))).toBe(true);
  const again = await bertie(["export", model, "--output-dir", output]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("not empty") });
});

it("bertie export writes half precision that predict reads, and rejects tables that it would ignore", async () => {
  const output = join(scratch, "half");
  await bertieOk(["export", model, "--output-dir", output, "--format", "safetensors", "--dtype", "fp16"]);
  expect((await bertieOk(["predict", "--model", output], { stdin: "good room\n" })).stdout).toMatch(/good|bad/);
  const ignored = ["export", model, "--output-dir", join(scratch, "no"), "--format", "pytorch", "--check", table];
  expect(await bertie(ignored)).toMatchObject({ code: 2, stderr: expect.stringContaining("--check") });
});
