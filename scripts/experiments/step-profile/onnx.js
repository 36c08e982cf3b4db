// Profiles a program on ONNX Runtime by kind of op.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOnnxExecutor } from "@bertie/engine";
import ort from "onnxruntime-node";
import { timeRuns } from "../../../packages/cli/dist/bench/benchmark.js";
import { classify, dropoutNodes } from "./op-kinds.js";

/** Returns ONNX Runtime with sessions that write profiles into a folder. `calls` gets the duration of each run. */
function profiledRuntime(folder, calls, models) {
  async function create(model, options) {
    const profile = { enableProfiling: true, profileFilePrefix: join(folder, `session${models.length}`) };
    models.push(model);
    const session = await ort.InferenceSession.create(model, { ...options, ...profile });
    const run = session.run.bind(session);
    session.run = async (...inputs) => {
      const start = performance.now();
      const results = await run(...inputs);
      calls.push(performance.now() - start);
      return results;
    };
    return session;
  }
  return { InferenceSession: { create }, Tensor: ort.Tensor, env: ort.env };
}

/**
 * Measures a step or a forward pass. On a machine with other work, the fastest run of each op is the best estimate.
 *
 * @returns milliseconds: by kind of op (the sums of the fastest run of each op), between ops, outside the graph, and of the fastest
 * complete run; floating-point operations of the matmuls by kind
 */
export async function profileOnnx(what, size, threads) {
  const folder = mkdtempSync(join(tmpdir(), "step-profile-"));
  try {
    const [calls, models] = [[], []];
    const runtime = profiledRuntime(folder, calls, models);
    const executor = await createOnnxExecutor({ device: "cpu", threads, runtime });
    const times = await timeRuns(executor, what, size, { name: "fp32", type: "float32" });
    await executor.dispose();
    const [session] = readdirSync(folder);
    if (session === undefined) throw new Error("ONNX Runtime wrote no profile.");
    const profile = JSON.parse(readFileSync(join(folder, session), "utf8"));
    const events = profile.filter(({ cat }) => cat === "Node");
    const model = {
      hidden: size.hiddenSize,
      intermediate: size.intermediateSize,
      length: size.seqLength,
      trains: what === "step",
      dropout: dropoutNodes(models[0]),
    };
    const inGraph = calls.slice(-times.length);
    return { ...summarize(events, model, inGraph), ...hostTimes(times, inGraph), total: Math.min(...times) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sums the fastest run of each op by kind, and returns the shortest time between ops. */
function summarize(events, model, inGraph) {
  const starts = events.flatMap(({ name }, i) => (name === events[0].name ? [i] : []));
  const runs = starts.map((start, i) => events.slice(start, starts[i + 1])).slice(-inGraph.length);
  const [first] = runs;
  if (runs.some(({ length }) => length !== first.length)) throw new Error("the runs have different numbers of ops.");
  const kinds = new Map();
  for (const [i, event] of first.entries()) {
    const { kind, flops } = classify(event, model);
    const before = kinds.get(kind) ?? { ms: 0, operations: 0 };
    const ms = Math.min(...runs.map((run) => run[i].dur)) / 1000;
    kinds.set(kind, { ms: before.ms + ms, operations: before.operations + flops });
  }
  const durations = runs.map((run) => run.reduce((sum, { dur }) => sum + dur / 1000, 0));
  const between = Math.min(...inGraph.map((ms, i) => ms - durations[i]));
  return { kinds, between, nodes: first.length };
}

/** Returns the shortest time outside the graph. */
function hostTimes(times, inGraph) {
  return { host: Math.min(...times.map((ms, i) => ms - inGraph[i])) };
}
