import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();

describe("bertie bench", () => {
  const size = [
    "--layers",
    "1",
    "--hidden_size",
    "12",
    "--heads",
    "2",
    "--intermediate-size",
    "24",
    "--vocab-size",
    "50",
  ];
  const small = [...size, "--batch-size", "2", "--seq-length", "8", "--threads", "1", "--steps", "3"];

  it.each([
    ["step", []],
    ["inference", []],
    ["step", ["--products-alone"]],
    ["inference", ["--products-alone"]],
  ])("%s %s prints its measurements as one JSON object", async (what, more) => {
    const engine = ["--device", "cpu", "--engine", "onnx"];
    const { stdout } = await bertieOk(["bench", what, ...small, ...engine, ...more, "--json"]);
    const result = JSON.parse(stdout) as Record<string, number | string>;
    expect(Object.keys(result)).toEqual(["median_ms", "min_ms", "peak_rss_mb", "device", "engine", "precision"]);
    expect(result).toMatchObject({ device: "cpu", engine: "onnx", precision: "fp32" });
    expect(result.median_ms).toBeGreaterThanOrEqual(result.min_ms as number);
    expect(result.peak_rss_mb).toBeGreaterThan(20);
  });

  it("tokenize prints the tokenizer's speed on a file as one JSON object", async () => {
    const vocab = writeFile(join(scratch, "bench-vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
    const text = writeFile(join(scratch, "bench.txt"), "a b\nb\n".repeat(1000));
    const { stdout } = await bertieOk(["bench", "tokenize", text, "--vocab-file", vocab, "--do-lower-case", "--json"]);
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(result)).toEqual(["mb_per_second", "first_mb_per_second", "tokens", "peak_rss_mb"]);
    expect(result.tokens).toBe(7000);
    expect(result.mb_per_second).toBeGreaterThan(0);
  });

  it("rejects sizes that do not fit together", async () => {
    const { code, stderr } = await bertie(["bench", "step", "--heads", "5"]);
    expect(stderr).toBe("bertie: --hidden-size 312 is not divisible by --heads 5. Change one of the two.\n");
    expect(code).toBe(2);
  });
});

describe("bertie", () => {
  it("--help prints every command, and the options of a command with their defaults, with exit code 0", async () => {
    const commands = (await bertieOk(["--help"])).stdout;
    for (const name of ["train|run_classifier", "eval", "predict", "tokenize", "doctor", "bench"])
      expect(commands).toContain(name);
    const train = (await bertieOk(["train", "--help"])).stdout;
    expect(train).toMatch(/--max-seq-length <n>[\s\S]*?\(default: 128\)/);
    expect(train).toMatch(/--config <file>/);
  });

  it("--version prints the version", async () => {
    expect((await bertieOk(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("prints its usage without arguments, with exit code 2", async () => {
    const { code, stderr } = await bertie([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: bertie/);
  });

  it("uses the requested device or fails, without falling back to another", async () => {
    const rows = writeFile(join(scratch, "news", "train.tsv"), "a\t很好\nb\t很差\n");
    const output = join(scratch, "webgpu");
    const task = ["--task-name", "news", "--data-dir", join(rows, ".."), "--output-dir", output, "--max-steps", "1"];
    const args = ["train", "--do-train", ...TINY_MODEL, ...task, "--device", "webgpu"];
    // A missing driver simulates a machine without a GPU.
    const { code, stderr } = await bertie(args, {
      env: { VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" },
    });
    if (code !== 0) {
      expect(code).toBe(2);
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: .*webgpu/);
      expect(existsSync(output)).toBe(false);
    } else {
      expect(stderr).toMatch(/^device: webgpu/m);
    }
  });
});
