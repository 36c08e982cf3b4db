import { tmpdir } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";
import { webgpuAvailable } from "../../packages/engine/src/testing/webgpu-available.ts";
import { bertieOk } from "./bertie.ts";

vi.setConfig({ testTimeout: 400_000 });

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

const noDriver = { VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" };

/** What it says of each engine on each device. */
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
  detail: expect.stringMatching(/256×256 matrices in .* ms, a training step of .* in .* ms/),
};

describe("bertie doctor", () => {
  it("on a machine with nothing but npm's packages: says what is missing, and how to get it", async () => {
    const { find, auto, versions } = await doctor({ ...noDriver, BERTIE_NATIVE: tmpdir() });
    expect(Object.keys(versions)).toEqual(["bertie", "node", "onnxruntime"]);
    for (const engine of ["onnx", "onnx-web", "reference"]) expect(find(engine, "cpu")).toMatchObject(timed);
    const missing = (command: RegExp) => ({ works: false, detail: expect.stringMatching(command) });
    expect(find("tensorflow", "cpu")).toMatchObject(missing(/npm run setup:native`/));
    expect(find("tensorflow", "cuda")).toMatchObject(missing(/npm run setup:native -- --gpu`/));
    expect(auto).toEqual({ engine: "onnx", device: "cpu" });
  });

  it.skipIf(process.platform !== "linux")("says which driver a GPU needs where there is none", async () => {
    const { find } = await doctor(noDriver);
    expect(find("onnx", "webgpu")).toMatchObject({ works: false, detail: expect.stringMatching(/install .*Vulkan/) });
  });

  it.skipIf(!tensorflowAvailable)("with TensorFlow, skipped where it is not: times it, and auto takes it", async () => {
    const { find, auto } = await doctor(noDriver);
    expect(find("tensorflow", "cpu")).toMatchObject(timed);
    expect(auto.engine).toBe("tensorflow");
  });

  it.skipIf(!webgpuAvailable)("with a GPU's driver, skipped where none is named: every node is there", async () => {
    const { find, vulkan } = await doctor({}, "--verbose");
    expect(find("onnx", "webgpu")).toMatchObject(timed);
    const { placement = {} } = find("onnx", "webgpu")!;
    expect(Object.keys(placement)).toEqual(["WebGpuExecutionProvider"]);
    expect(placement.WebGpuExecutionProvider).toBeGreaterThan(100);
    expect(find("onnx", "cpu")?.placement).toHaveProperty("CPUExecutionProvider");
    if (process.env.VK_ICD_FILENAMES) expect(vulkan).toContain(`Vulkan's driver is ${process.env.VK_ICD_FILENAMES}`);
  });

  it("says it in lines, too, and what auto takes", async () => {
    const lines = (await bertieOk(["doctor"], { env: noDriver })).stdout.trimEnd().split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^GPUs: /));
    expect(lines).toContainEqual(expect.stringMatching(/^onnx on cpu +works: .*fp32; a product/));
    expect(lines.at(-1)).toMatch(/^auto takes (onnx|tensorflow) on (cpu|cuda)/);
  });
});
