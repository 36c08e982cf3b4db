import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { tinyModel } from "../../packages/classifier/src/testing/tiny-model.ts";
import { bertie, bertieOk, newsDirectory, ROOT, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";

vi.setConfig({ testTimeout: 60_000 });

const scratch = scratchDirectory();
const model = join(scratch, "model");
const rows = ["good\tthe room is good", "bad\tthe room is bad", "good\t很好，房间"];
const table = writeFile(join(scratch, "rows.tsv"), `label\ttext\n${rows.join("\n")}\n`);
const stdin = `${rows.map((row) => row.split("\t")[1]).join("\n")}\n`;

beforeAll(() => {
  const config = { hidden_size: 32, num_attention_heads: 2, intermediate_size: 64 };
  const record = { task_name: null, pairs: false, max_seq_length: 12 };
  for (const [name, contents] of tinyModel({ labels: ["bad", "good"], record, config, spread: 0.2 }))
    writeFile(join(model, name), contents);
});

/** Returns the probabilities in the output of `bertie predict`. */
const scoresOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .flatMap((line) => line.split("\t").slice(2).map(Number));

describe("--precision int8", () => {
  it("bertie predict computes other scores, close to fp32, and says so", async () => {
    const exact = await bertieOk(["predict", "--model", model], { stdin });
    const output = join(scratch, "predicted");
    const int8 = await bertieOk(["predict", "--model", model, "--precision", "int8", "--output-dir", output], {
      stdin,
    });
    expect(exact.stderr).not.toContain("int8");
    expect(int8.stderr).toContain("int8: computes with 8-bit weights, so scores differ slightly from fp32\n");
    expect(JSON.parse(readFileSync(join(output, "run.json"), "utf8")).precision).toBe("int8");
    const [expected, actual] = [scoresOf(exact.stdout), scoresOf(int8.stdout)];
    expect(actual).not.toEqual(expected);
    for (const [i, score] of actual.entries()) expect(Math.abs(score - expected[i]!)).toBeLessThan(0.03);
  });

  it("bertie eval measures the accuracy and the loss of the 8-bit model", async () => {
    const evaluate = async (precision: string) => {
      const { stderr, stdout } = await bertieOk(["eval", table, "--model", model, "--precision", precision]);
      expect(stderr).toContain(`precision: ${precision}`);
      return Number(/loss\s*[:=]?\s*([\d.]+)/.exec(stderr + stdout)![1]);
    };
    const [exact, int8] = [await evaluate("fp32"), await evaluate("int8")];
    expect(int8).not.toBe(exact);
    expect(int8).toBeCloseTo(exact, 1);
  });

  it("bertie bench inference compares it with fp32 on labeled texts, and measures it on random input", async () => {
    const args = ["bench", "inference", "--precision", "int8", "--threads", "1"];
    const { stdout, stderr } = await bertieOk([...args, table, "--model", model]);
    expect(stderr).toContain("label: ");
    const [head, exact, int8] = stdout.split("\n").map((line) => line.split(/ {2,}/));
    expect(head).toEqual([
      ...["precision", "engine", "accuracy", "changed labels", "largest difference", "ms per text"],
    ]);
    expect([exact!.slice(0, 2), int8!.slice(0, 2)]).toEqual([
      ["fp32", "onnx on cpu"],
      ["int8", "onnx on cpu"],
    ]);
    expect(exact![3]).toBe("0 of 3");
    expect(Number(int8![4])).toBeGreaterThan(0);

    const small = ["--layers", "1", "--hidden-size", "32", "--heads", "2", "--vocab-size", "50", "--seq-length", "8"];
    const random = JSON.parse((await bertieOk([...args, ...small, "--steps", "2", "--json"])).stdout);
    expect(random).toMatchObject({ engine: "onnx", precision: "int8" });

    for (const [wrong, message] of [
      [[table], /the table needs a model: add --model DIR/],
      [["--model", model], /--model needs labeled texts: name a table/],
      [["--products-alone"], /--precision int8 does not apply to --products-alone/],
    ] as const) {
      const { code, stderr } = await bertie([...args, ...wrong]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  it("bertie embed computes other embeddings, close to fp32, and says so", async () => {
    const encoder = join(ROOT, "packages/classifier/fixtures/sentence-encoders/mean");
    const embed = async (precision: string) => {
      const args = ["embed", "--model", encoder, "--precision", precision, "--normalize"];
      const { stdout, stderr } = await bertieOk(args, { stdin: "很好\n" });
      expect(stderr.includes("int8: ")).toBe(precision === "int8");
      return (JSON.parse(stdout) as { readonly embedding: number[] }).embedding;
    };
    const [exact, int8] = [await embed("fp32"), await embed("int8")];
    expect(exact.reduce((sum, value, i) => sum + value * int8[i]!, 0)).toBeGreaterThan(0.99);
  });

  it.each([
    ["predict", ["--engine", "tensorflow"], "tensorflow"],
    ["predict", ["--device", "webgpu"], "webgpu"],
    ["embed", ["--engine", "reference"], "reference"],
    ["serve", ["--device", "cuda"], "cuda"],
  ])("bertie %s rejects %j", async (command, options, name) => {
    const from = command === "serve" ? [model] : ["--model", model];
    const { code, stderr } = await bertie([command, ...from, "--precision", "int8", ...options], { stdin });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(
      new RegExp(
        `^bertie: int8 needs ONNX Runtime on a CPU, .* is ${name}\\b.*--engine onnx --device cpu.*--precision int8\\.\\n$`,
      ),
    );
  });

  it("bertie train rejects it", async () => {
    const data = ["--task-name", "news", "--data-dir", newsDirectory(scratch), "--max-seq-length", "16"];
    const args = ["train", ...TINY_MODEL, ...data, "--do-train", "--output-dir", join(scratch, "run")];
    const { code, stderr } = await bertie([...args, "--precision", "int8"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\(--precision\) is int8, which cannot train: expected fp32, bf16 or fp16\. .*\n$/);
  });
});
