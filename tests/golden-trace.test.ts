import { createOnnxExecutor, createReferenceExecutor, createTensorflowExecutor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { tensorflowAvailable } from "../packages/engine/src/testing/tensorflow-available.ts";
import { distances, goldenRuns, readTrace, runGolden } from "./golden-trace.ts";

const optionalTensorflow = "tensorflow (skipped: npm run setup:native has not been run)";
const executors = {
  [optionalTensorflow]: () => createTensorflowExecutor({ threads: 2 }),
  onnx: () => createOnnxExecutor({ device: "cpu", threads: 2 }),
  reference: async () => createReferenceExecutor(),
  "reference in double precision": async () => createReferenceExecutor({ precision: "float64" }),
};

describe.each(Object.entries(executors))("training on %s", (name, create) => {
  it.skipIf(name === optionalTensorflow && !tensorflowAvailable).each(goldenRuns)(
    "follows the reference implementation, $name",
    async ({ trace: file, init, final }) => {
      const trace = readTrace(file);
      const executor = await create();
      const distance = distances(trace, final, await runGolden(executor, trace, init));
      await executor.dispose();
      expect(distance.loss).toBeLessThan(2e-5);
      expect(distance.learningRate).toBeLessThan(1e-9);
      expect(distance.logits).toBeLessThan(2e-5);
      expect(distance.weights).toBeLessThan(5e-5);
      expect(distance.keyBias).toBeLessThan(1e-4);
    },
  );
});
