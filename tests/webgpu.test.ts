import { createOnnxExecutor, type OnnxRuntime } from "@bertie/engine";
import ort, { type InferenceSession } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { webgpuAvailable } from "../packages/engine/src/testing/webgpu-available.ts";
import { distances, goldenRuns, readTrace, runGolden } from "./golden-trace.ts";

type Tensors = InferenceSession.OnnxValueMapType;

if (!webgpuAvailable) console.warn("skipped: webgpu, as neither BERTIE_WEBGPU nor VK_ICD_FILENAMES is set");

describe.skipIf(!webgpuAvailable)("training on webgpu", () => {
  it.each(goldenRuns)(
    "follows the reference implementation, and its state stays on the device, $name",
    async ({ trace: file, init, final }) => {
      const trace = readTrace(file);
      const { runtime, crossings } = observed(ort);
      const executor = await createOnnxExecutor({ device: "webgpu", runtime });
      const distance = distances(trace, final, await runGolden(executor, trace, init));
      await executor.dispose();
      expect(distance.loss).toBeLessThan(2e-5);
      expect(distance.logits).toBeLessThan(2e-5);
      expect(distance.weights).toBeLessThan(1e-4);
      expect(crossings.runs).toBeGreaterThan(30);
      expect(crossings.state).toEqual([]);
    },
    300_000,
  );
});

/** ONNX Runtime, with a record of the state that crosses to or from the device in a run. */
function observed(runtime: OnnxRuntime) {
  const crossings = { runs: 0, state: [] as string[] };
  const create: OnnxRuntime["InferenceSession"]["create"] = async (model, options) => {
    const session = await runtime.InferenceSession.create(model, options);
    const run = session.run.bind(session) as (...args: [Tensors, Tensors]) => Promise<InferenceSession.ReturnType>;
    const observedRun = async (feeds: Tensors, fetches: Tensors) => {
      const results = await run(feeds, fetches);
      crossings.runs++;
      for (const [name, { location }] of Object.entries({ ...feeds, ...results }))
        if (/^(state|update):/.test(name) && location !== "gpu-buffer") crossings.state.push(name);
      return results;
    };
    session.run = observedRun as typeof session.run;
    return session;
  };
  return { runtime: { Tensor: runtime.Tensor, InferenceSession: { create } }, crossings };
}
