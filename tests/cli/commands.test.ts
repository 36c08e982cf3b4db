import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, bertieOk, MAIN, scratchDirectory, TINY, TINY_MODEL, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();

describe("bertie tokenize", () => {
  const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];
  const records = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);

  it("writes ids, tokens and UTF-16 offsets, a line of JSON for a line of text, of stdin or of files", async () => {
    const text = "很好 Ab\n\n𠀀房\r\n";
    const expected = [
      {
        ids: [2, 77, 75, 5, 32, 3],
        tokens: ["[CLS]", "很", "好", "a", "##b", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 1],
          [1, 2],
          [3, 4],
          [4, 5],
          [0, 0],
        ],
      },
      {
        ids: [2, 3],
        tokens: ["[CLS]", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 0],
        ],
      },
      {
        ids: [2, 1, 87, 3],
        tokens: ["[CLS]", "[UNK]", "房", "[SEP]"],
        offsets: [
          [0, 0],
          [0, 2],
          [2, 3],
          [0, 0],
        ],
      },
    ];
    const more = ["--tokens", "--offsets"];
    const ids = readFileSync(TINY.vocab, "utf8").trimEnd().split("\n");
    for (const { tokens, ids: expectedIds } of expected) {
      expect(tokens.map((token) => ids.indexOf(token))).toEqual(expectedIds);
    }
    expect(records((await bertieOk([...tokenize, ...more], { stdin: text })).stdout)).toEqual(expected);
    const files = [writeFile(join(scratch, "a.txt"), text), writeFile(join(scratch, "b.txt"), "好")];
    const { stdout } = await bertieOk([...tokenize, ...more, ...files]);
    expect(records(stdout).slice(0, 3)).toEqual(expected);
    expect(records(stdout)).toHaveLength(4);
  });

  it("cuts, and leaves special tokens away, on demand", async () => {
    const { stdout } = await bertieOk([...tokenize, "--max-seq-length", "3"], { stdin: "很好好\n" });
    expect(stdout).toBe('{"ids":[2,77,3]}\n');
    expect((await bertieOk([...tokenize, "--no_special_tokens"], { stdin: "很好" })).stdout).toBe('{"ids":[77,75]}\n');
  });

  it("makes a file that is there when it is complete", async () => {
    const output = join(scratch, "ids", "..", "ids.jsonl");
    await bertieOk([...tokenize, "--output", output], { stdin: "好\n好\n" });
    expect(readFileSync(output, "utf8")).toBe('{"ids":[2,75,3]}\n'.repeat(2));
    const failed = await bertie([
      ...tokenize,
      "--output",
      join(scratch, "none.jsonl"),
      "--on-invalid-utf8",
      "fail",
      binary,
    ]);
    expect(failed.stderr).toMatch(/^bertie: .*binary\.txt, line 2: the bytes are not valid UTF-8[^\n]*\n$/);
    expect(failed.code).toBe(2);
    expect(readdirSync(scratch).filter((name) => name.startsWith(".") || name === "none.jsonl")).toEqual([]);
  });

  const binary = writeFile(join(scratch, "binary.txt"), Buffer.from("e5a5bd0a61ff0ae5a5bd0a", "hex"));

  it.each([
    ["replace", 3, /1 line is not valid UTF-8, and mended with U\+FFFD/],
    ["skip", 2, /1 line is not valid UTF-8, and left out/],
  ])("--on-invalid-utf8 %s gives %i lines", async (choice, lines, warning) => {
    const { stdout, stderr } = await bertieOk([...tokenize, "--on-invalid-utf8", choice, binary]);
    expect(records(stdout)).toHaveLength(lines);
    expect(stderr).toMatch(warning);
  });

  it("stops quietly when nobody reads on", async () => {
    const big = writeFile(join(scratch, "big.txt"), "很好，酒店服务好\n".repeat(200_000));
    const child = spawn(process.execPath, [MAIN, ...tokenize, big]);
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(141);
    expect(stderr).toBe("");
  });
});

describe("bertie doctor", () => {
  it("tries every engine, and tells why one does not work", async () => {
    const { stdout } = await bertieOk(["doctor", "--json"]);
    const { versions, cores, engines } = JSON.parse(stdout) as {
      versions: Record<string, string>;
      cores: number;
      engines: { engine: string; device: string; works: boolean; detail: string }[];
    };
    expect(Object.keys(versions)).toEqual(["bertie", "node", "onnxruntime"]);
    expect(cores).toBeGreaterThan(0);
    const find = (engine: string, device: string) => engines.find((e) => e.engine === engine && e.device === device);
    expect(find("onnx", "cpu")).toMatchObject({ works: true, detail: expect.stringMatching(/256×256 matrices in/) });
    expect(find("reference", "cpu")).toMatchObject({ works: true });
    expect(find("onnx", "webgpu")?.detail).toMatch(/./);
    expect(find("tensorflow", "cpu")).toMatchObject({ works: false, detail: expect.stringMatching(/not there yet/) });
    const lines = (await bertieOk(["doctor"])).stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2 + engines.length);
    expect(lines).toContainEqual(expect.stringMatching(/^onnx on cpu +works: /));
  });
});

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

  it.each(["step", "inference"])("%s prints what was measured as one JSON object", async (what) => {
    const { stdout } = await bertieOk(["bench", what, ...small, "--device", "cpu", "--engine", "onnx", "--json"]);
    const result = JSON.parse(stdout) as Record<string, number | string>;
    expect(Object.keys(result)).toEqual(["median_ms", "min_ms", "peak_rss_mb", "device", "engine"]);
    expect(result).toMatchObject({ device: "cpu", engine: "onnx" });
    expect(result.median_ms).toBeGreaterThanOrEqual(result.min_ms as number);
    expect(result.peak_rss_mb).toBeGreaterThan(20);
  });

  it("refuses sizes that make no model", async () => {
    const { code, stderr } = await bertie(["bench", "step", "--heads", "5"]);
    expect(stderr).toBe("bertie: --hidden-size 312 cannot be divided by --heads 5: give other numbers\n");
    expect(code).toBe(2);
  });
});

describe("bertie", () => {
  it("has help for every command, with the defaults, and exit code 0", async () => {
    const commands = (await bertieOk(["--help"])).stdout;
    for (const name of ["train|run_classifier", "eval", "predict", "tokenize", "doctor", "bench"])
      expect(commands).toContain(name);
    const train = (await bertieOk(["train", "--help"])).stdout;
    expect(train).toMatch(/--max-seq-length <n> .*\(default 128\)/);
    expect(train).toMatch(/--config <file>/);
  });

  it("tells its version", async () => {
    expect((await bertieOk(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("shows how it is used if nothing is asked, with exit code 2", async () => {
    const { code, stderr } = await bertie([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: bertie/);
  });

  it("uses the engine and the device that are asked for, or none", async () => {
    const rows = writeFile(join(scratch, "news", "train.tsv"), "a\t很好\nb\t很差\n");
    const output = join(scratch, "webgpu");
    const task = ["--task-name", "news", "--data-dir", join(rows, ".."), "--output-dir", output, "--max-steps", "1"];
    const args = ["train", "--do-train", ...TINY_MODEL, ...task, "--device", "webgpu"];
    // A driver that is not there stands for a machine without a GPU.
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
