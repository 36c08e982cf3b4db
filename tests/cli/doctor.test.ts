import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";
import { webgpuAvailable } from "../../packages/engine/src/testing/webgpu-available.ts";
import { bertieOk, scratchDirectory, writeFile } from "./bertie.ts";

vi.setConfig({ testTimeout: 400_000 });
const scratch = scratchDirectory();

interface Report {
  readonly versions: Record<string, string>;
  readonly gpus: string[];
  readonly vulkan: string[];
  readonly auto: { readonly engine: string; readonly device: string };
  readonly engines: {
    readonly engine: string;
    readonly device: string;
    readonly works: boolean;
    readonly detail: string;
    readonly step_ms?: number;
    readonly placement?: Record<string, number>;
  }[];
}

const withoutDriver = { VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" };

/** Runs `bertie doctor --json`, and returns the report with a function that finds an engine's result. */
async function doctor(env: Record<string, string> = {}, ...args: string[]) {
  const { stdout, stderr } = await bertieOk(["doctor", "--json", ...args], { env });
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as Report;
  for (const { detail } of report.engines) expect(detail).toMatch(/^[^\n]*\S$/);
  const find = (engine: string, device: string) =>
    report.engines.find((e) => e.engine === engine && e.device === device);
  return { ...report, find };
}

const timed = {
  works: true,
  detail: expect.stringMatching(/^matrix multiplication \(256×256\) .* ms, training step \(.*\) .* ms/),
};

describe("bertie doctor", () => {
  it("reports missing engines and how to install them, on a machine with only the npm packages", async () => {
    const { find, auto, versions } = await doctor({ ...withoutDriver, BERTIE_NATIVE: tmpdir() });
    expect(Object.keys(versions)).toEqual(["bertie", "node", "onnxruntime"]);
    for (const engine of ["onnx", "onnx-web", "reference"]) expect(find(engine, "cpu")).toMatchObject(timed);
    const missing = (command: RegExp) => ({ works: false, detail: expect.stringMatching(command) });
    expect(find("tensorflow", "cpu")).toMatchObject(missing(/npm run setup:native`/));
    expect(find("tensorflow", "cuda")).toMatchObject(missing(/npm run setup:native -- --gpu`/));
    expect(auto).toEqual({ engine: "onnx", device: "cpu" });
  });

  it.skipIf(process.platform !== "linux")("names the driver to install if WebGPU finds none", async () => {
    const { find } = await doctor(withoutDriver);
    expect(find("onnx", "webgpu")).toMatchObject({ works: false, detail: expect.stringMatching(/install .*Vulkan/i) });
  });

  it.skipIf(!tensorflowAvailable)("times TensorFlow, and auto chooses it (skipped: not installed)", async () => {
    const { find, auto } = await doctor(withoutDriver);
    expect(find("tensorflow", "cpu")).toMatchObject(timed);
    expect(auto.engine).toBe("tensorflow");
  });

  it.skipIf(!webgpuAvailable)("--verbose shows every node on WebGPU (skipped: no driver is named)", async () => {
    const { find, vulkan } = await doctor({}, "--verbose");
    expect(find("onnx", "webgpu")).toMatchObject(timed);
    const { placement = {} } = find("onnx", "webgpu")!;
    expect(Object.keys(placement)).toEqual(["WebGpuExecutionProvider"]);
    expect(placement.WebGpuExecutionProvider).toBeGreaterThan(100);
    expect(find("onnx", "cpu")?.placement).toHaveProperty("CPUExecutionProvider");
    if (process.env.VK_ICD_FILENAMES) expect(vulkan).toContain(`Vulkan driver ${process.env.VK_ICD_FILENAMES}`);
  });

  it("survives engines that crash or cannot be loaded, and reports the reason", async () => {
    const abort = `if (["probe-engine", "onnx"].every((word) => process.argv.includes(word))) process.abort();`;
    const script = writeFile(join(scratch, "abort.cjs"), abort);
    const native = join(scratch, "native");
    writeFile(
      join(native, "tensorflow/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"),
      "no library",
    );
    const env = { ...withoutDriver, BERTIE_NATIVE: native, NODE_OPTIONS: `--require ${script}` };
    const { find } = await doctor(env);
    for (const device of ["cpu", "webgpu", "cuda"])
      expect(find("onnx", device)).toEqual({
        engine: "onnx",
        device,
        works: false,
        detail: expect.stringMatching(/^the process (was killed by SIGABRT|exited with code)/),
      });
    expect(find("tensorflow", "cpu")).toMatchObject({
      works: false,
      detail: expect.stringMatching(/^TensorFlow cannot be loaded \(/),
    });
    expect(find("reference", "cpu")).toMatchObject(timed);
  });

  it("without --json prints one line per engine, and the choice of auto", async () => {
    const lines = (await bertieOk(["doctor"], { env: withoutDriver })).stdout.trimEnd().split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^GPUs: /));
    expect(lines).toContainEqual(expect.stringMatching(/^onnx on cpu +works: .*fp32; matrix multiplication/));
    expect(lines.at(-1)).toMatch(/^auto selects (onnx|tensorflow) on (cpu|cuda)/);
  });
});
