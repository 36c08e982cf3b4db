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

it("bertie export explains missing models, models without labels, and unknown labels of a check", async () => {
  for (const [name, contents] of tinyModel()) writeFile(join(scratch, "encoder", name), contents);
  const unknown = writeFile(join(scratch, "unknown.csv"), "label,text\nbad,bad room\nodd,good room\ngood,room\n");
  const output = ["--output-dir", join(scratch, "refused")];
  const failure = async (...args: string[]) => {
    const { code, stdout, stderr } = await bertie(["export", ...args, ...output]);
    expect([code, stdout, existsSync(output[1]!)]).toEqual([2, "", false]);
    return stderr;
  };
  expect(await failure(join(scratch, "none"))).toMatch(/^[^\n]+does not exist\. bertie export expects [^\n]+\n$/);
  expect(await failure(join(scratch, "encoder"))).toMatch(/^[^\n]+ has no labels, [^\n]+Fine-tune [^\n]+\n$/);
  expect(await failure(model, "--check", unknown)).toMatch(/line 3: label "odd" [^\n]+--on-bad-row skip\)\.\n$/);
  const skipped = join(scratch, "skipped");
  const options = ["--dtype", "fp32", "--check", unknown, "--on-bad-row", "skip", "--output-dir", skipped];
  const { stdout, stderr } = await bertieOk(["export", model, ...options]);
  expect(stdout).toMatch(/ 0 of 2 /);
  expect(stderr).toMatch(/unknown\.csv: skipped 1 bad row/);
});

it("bertie export writes half precision that predict reads, and rejects tables that it would ignore", async () => {
  const output = join(scratch, "half");
  await bertieOk(["export", model, "--output-dir", output, "--format", "safetensors", "--dtype", "fp16"]);
  expect((await bertieOk(["predict", "--model", output], { stdin: "good room\n" })).stdout).toMatch(/good|bad/);
  const ignored = ["export", model, "--output-dir", join(scratch, "no"), "--format", "pytorch", "--check", table];
  expect(await bertie(ignored)).toMatchObject({ code: 2, stderr: expect.stringContaining("--check") });
});
