import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { webgpuAvailable } from "../../packages/engine/src/testing/webgpu-available.ts";
import { bertie, bertieOk, scratchDirectory, writeFile } from "./bertie.ts";
import { createTraining, QUICKLY, readJson } from "./training.ts";

const scratch = scratchDirectory();
const { train, options } = createTraining(scratch);
vi.setConfig({ testTimeout: 400_000 });

describe.skipIf(!webgpuAvailable)("bertie train on webgpu (skipped: no driver is named)", () => {
  it("reaches the same accuracy as on the CPU", async () => {
    const accuracyOn = async (device: string) => {
      const { run } = await train(device, "--engine", "onnx", "--device", device, "--do-eval", ...QUICKLY);
      return readJson(run, "eval_results.json").eval_accuracy;
    };
    expect(await accuracyOn("webgpu")).toBe(await accuracyOn("cpu"));
  });

  it("--optimize-on-cpu keeps the optimizer on the CPU", async () => {
    const onCpu = ["--device", "webgpu", "--optimize-on-cpu", "--max-steps", "2"];
    const { run } = await train("apart", ...onCpu);
    expect(readJson(run, "run.json")).toMatchObject({ device: "webgpu" });
  });

  it.skipIf(process.platform === "win32")(
    "auto chooses WebGPU if a GPU is listed and runs a training step faster than the CPU, and logs both times",
    async () => {
      // Imitates nvidia-smi, so that auto finds a GPU; training runs on the emulated one.
      const command = writeFile(join(scratch, "bin/nvidia-smi"), "#!/bin/sh\necho 'NVIDIA T4, 15360 MiB, 550.54'\n");
      chmodSync(command, 0o755);
      const env = { BERTIE_DEVICE: "", PATH: `${dirname(command)}:${process.env.PATH}` };
      const args = [...options, "--max-steps", "1", "--output-dir", join(scratch, "auto"), "--engine", "auto"];
      const { stderr } = await bertieOk(["train", ...args], { env });
      const [, webgpu, cpu] =
        /^auto: a small training step took ([\d.]+) ms on webgpu \(cuda:0 is NVIDIA T4.*\), ([\d.]+) ms with \S+ on cpu$/m.exec(
          stderr,
        ) ?? [];
      expect(readJson(scratch, "auto", "run.json").device).toBe(Number(webgpu) < Number(cpu) ? "webgpu" : "cpu");
    },
  );

  it("--precision fp16 works if the GPU supports it, and otherwise fails with one line", async () => {
    const args = [...options, "--device", "webgpu", "--precision", "fp16", "--max-steps", "1"];
    const { code, stderr } = await bertie(["train", ...args, "--output-dir", `${scratch}/half`]);
    if (code === 0) expect(stderr).toMatch(/precision: fp16/);
    else
      expect({ code, last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
        code: 2,
        last: expect.stringMatching(/^bertie: onnx on webgpu does not support fp16 \(supported: fp32\)/),
      });
  });
});
