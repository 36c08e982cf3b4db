import { createOnnxExecutor, sizeOf } from "@bertie/engine";
import { createStepper, writeParameters } from "@bertie/optim";
import ort, { type InferenceSession } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { webgpuAvailable } from "../packages/engine/src/testing/webgpu-available.ts";
import { distances, goldenBatch, goldenClassifier, goldenRuns, readTrace, runGolden } from "./golden-trace.ts";

type Tensors = InferenceSession.OnnxValueMapType;

if (!webgpuAvailable) console.warn("skipped: webgpu, because neither BERTIE_WEBGPU nor VK_ICD_FILENAMES is set");

describe.skipIf(!webgpuAvailable)("training on webgpu", () => {
  it.each(goldenRuns)(
    "follows the reference implementation, and keeps its state on the device, $name",
    async ({ trace: file, init, final }) => {
      const trace = readTrace(file);
      const { runtime, transfers } = observed(ort);
      const executor = await createOnnxExecutor({ device: "webgpu", runtime });
      const distance = distances(trace, final, await runGolden(executor, trace, init));
      await executor.dispose();
      expect(distance.loss).toBeLessThan(2e-5);
      expect(distance.logits).toBeLessThan(2e-5);
      expect(distance.weights).toBeLessThan(1e-4);
      expect(transfers.runs).toBeGreaterThan(30);
      expect(transfers.state).toEqual([]);
    },
    300_000,
  );

  it("transfers the same number of bytes per step for every model size, including dropout", async () => {
    const sizes = [
      { num_hidden_layers: 1, hidden_size: 16, intermediate_size: 32 },
      { num_hidden_layers: 3, hidden_size: 48, intermediate_size: 96 },
    ];
    const [small, large] = [await bytesOfSteps(sizes[0]!), await bytesOfSteps(sizes[1]!)];
    expect(large).toEqual(small);
    // Per step of 4 rows of 16 tokens: ids, mask, token type ids; labels, learning rate, dropout key; loss, gradient norm.
    expect(new Set(small)).toEqual(new Set([4 * (3 * 4 * 16 + 4 + 1 + 2) + 4 * 2]));
  }, 120_000);
});

/** Returns the bytes transferred in each of three steps of a BERT with the given size and dropout. */
async function bytesOfSteps(size: Readonly<Record<string, number>>): Promise<readonly number[]> {
  const golden = readTrace(goldenRuns[0]!.trace);
  const dropout = { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 };
  const classifier = goldenClassifier({ ...golden, config: { ...golden.config, ...dropout, ...size } });
  const { runtime, transfers } = observed(ort);
  const executor = await createOnnxExecutor({ device: "webgpu", runtime });
  const zeros = classifier.parameters.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))] as const);
  await writeParameters(executor, classifier, new Map(zeros));
  const batch = goldenBatch(golden, 0, 4);
  const stepper = await createStepper(executor, classifier, { seed: 1, shapes: [batch] });
  const before = transfers.bytes.length;
  for (let seen = 0; seen < 3; seen++) await stepper.step({ batches: [batch], learningRate: 1e-3, lossScale: 1, seen });
  await executor.dispose();
  expect(transfers.state).toEqual([]);
  return transfers.bytes.slice(before);
}

/** Wraps ONNX Runtime, and records the state tensors and the bytes that each run transfers to or from the device. */
function observed(runtime: typeof ort) {
  const transfers = { runs: 0, state: [] as string[], bytes: [] as number[] };
  const create = async (model: Uint8Array, options?: InferenceSession.SessionOptions) => {
    const session = await runtime.InferenceSession.create(model, options);
    const run = session.run.bind(session) as (...args: [Tensors, Tensors]) => Promise<InferenceSession.ReturnType>;
    const observedRun = async (feeds: Tensors, fetches: Tensors) => {
      const results = await run(feeds, fetches);
      transfers.runs++;
      const onHost = Object.values({ ...feeds, ...results }).filter(({ location }) => location !== "gpu-buffer");
      transfers.bytes.push(onHost.reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0));
      for (const [name, { location }] of Object.entries({ ...feeds, ...results }))
        if (/^(state|update):/.test(name) && location !== "gpu-buffer") transfers.state.push(name);
      return results;
    };
    session.run = observedRun as typeof session.run;
    return session;
  };
  return { runtime: { Tensor: runtime.Tensor, InferenceSession: { create } }, transfers };
}
