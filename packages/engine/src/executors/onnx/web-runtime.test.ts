import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { testExecutor } from "../../testing/executor-suite.ts";
import { createOnnxExecutor } from "./onnx-executor.ts";
import { throwWebUnavailable } from "./web-runtime.ts";

const onnx = await createOnnxExecutor({ runtime: "web", threads: 2 });
afterAll(() => onnx.dispose());

describe("the onnx executor on onnxruntime-web", () => {
  testExecutor(onnx);

  it("reports its engine, device and precisions", () => {
    expect(onnx).toMatchObject({ engine: "onnx-web", device: "cpu", precisions: ["float32"] });
  });

  it("keeps the first number of threads, and rejects another one", async () => {
    const { env } = await import("onnxruntime-web");
    expect(env.wasm.numThreads).toBe(2);
    await (await createOnnxExecutor({ runtime: "web" })).dispose();
    await expect(createOnnxExecutor({ runtime: "web", threads: 1 })).rejects.toMatchObject({
      code: "engine/threads",
      message: expect.stringContaining("2 threads"),
    });
  });
});

it("throwWebUnavailable() names the version to install", async () => {
  const { peerDependencies } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  await expect(import("a-package-that-is-not-there" as string).catch(throwWebUnavailable)).rejects.toMatchObject({
    code: "engine/unavailable",
    message: expect.stringContaining(`npm install onnxruntime-web@${peerDependencies["onnxruntime-web"]}`),
  });
});
