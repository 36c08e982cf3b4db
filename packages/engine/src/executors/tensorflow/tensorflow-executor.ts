import { BertieError } from "@bertie/common";
import { dropoutKey, fillDropoutMask } from "../../dropout-mask.ts";
import type { TensorData } from "../../dtype.ts";
import type { CompiledProgram, Executor, RunOptions } from "../../executor.ts";
import type { TensorType } from "../../graph.ts";
import type { Program } from "../../program.ts";
import { sizeOf } from "../../shape.ts";
import { checkFeeds, checkState, checkType } from "../check.ts";
import { withDeviceFaults } from "../device-fault.ts";
import { cacheWeightCasts } from "../weight-cast-cache.ts";
import type { TfNode } from "./graph-def.ts";
import { roundsSoftmaxOnce } from "./half-softmax.ts";
import { lowerToTensorflow } from "./lower.ts";
import type { TensorflowRuntime } from "./runtime.ts";
import { openSession, type Session } from "./session.ts";
import { type Place, shareGraph } from "./shared-graph.ts";
import { createStateStore } from "./state-store.ts";
import type { Variable } from "./variables.ts";

export interface TensorflowExecutorOptions {
  /**
   * "cpu"; "cuda" for an NVIDIA GPU, or none; "auto" for a GPU if TensorFlow finds one. Default: "cpu". A process has one
   * of them: the first executor decides.
   */
  readonly device?: "cpu" | "cuda" | "auto";
  /** Which GPU of those that CUDA_VISIBLE_DEVICES leaves, from 0. Default: the first. */
  readonly gpu?: number;
  /** How many threads a kernel may use. Default: one a core. A process has one pool of them: the first executor decides. */
  readonly threads?: number;
  /** TensorFlow. Default: that of the package @tensorflow/tfjs-node. */
  readonly runtime?: TensorflowRuntime;
}

/** A program's part of the graph. */
interface Part {
  readonly nodes: readonly TfNode[];
  readonly variables: ReadonlySet<Variable>;
}

/**
 * Runs programs as TensorFlow graphs with the addon of tfjs-node.
 *
 * The addon makes a session of a SavedModel, and variables live in a session. So compiling only lowers, and the first run
 * loads one SavedModel with all programs compiled so far, around one set of variables. A program that is compiled later
 * moves them into a new session when it first runs: it is better to compile first what will be run. Runs block
 * JavaScript's thread.
 *
 * On a GPU, parameters, moments and all that is computed of them stay there.
 *
 * @throws BertieError "engine/unavailable" if TensorFlow is not there, "engine/device" if there is no such GPU
 */
export async function createTensorflowExecutor(options: TensorflowExecutorOptions = {}): Promise<Executor> {
  const runtime = options.runtime ?? (await loadRuntime(options));
  const variables = new Map<string, Variable>();
  const store = createStateStore(runtime, variableOf);
  const parts = new Set<Part>();
  let current: { readonly session: Session; readonly places: ReadonlyMap<Part, Place> } | undefined;
  let softmaxRoundsOnce: boolean | undefined;

  /** The variable for state of that name and type. */
  function variableOf(name: string, { dtype, shape }: TensorType): Variable {
    const key = `${name} ${dtype}[${shape}]`;
    const variable = variables.get(key) ?? { name: `state_${variables.size}`, type: { dtype, shape: [...shape] } };
    variables.set(key, variable);
    return variable;
  }

  /** The session with this part in its graph, and all state in its variables; and where in it the part stands. */
  function sessionWith(part: Part): readonly [Session, Place] {
    const known = current?.places.get(part);
    if (known !== undefined) return [current!.session, known];
    const all = [...parts];
    const used = new Set(all.flatMap((each) => [...each.variables]));
    const { nodes, places } = shareGraph(all.map((each) => each.nodes));
    const session = openSession(runtime, [...used], nodes);
    store.moveTo(session);
    current = { session, places: new Map(all.map((each, i) => [each, places[i]!])) };
    return [session, current.places.get(part)!];
  }

  /** Runs a part's nodes with values from the host, and gives the fetched ones. */
  function run(part: Part, feeds: ReadonlyMap<string, TensorData>, fetches: readonly string[]) {
    const [session, { scope, constants }] = sessionWith(part);
    const values = [...constants, ...[...feeds].map(([name, value]) => [`${scope}${name}`, value] as const)];
    const inputs = new Map(values.map(([name, value]) => [name, runtime.feed(value)]));
    const results = new Map<string, TensorData>();
    try {
      const tensors = session.run(inputs, fetches.map((name) => `${scope}${name}`)); // biome-ignore format: short
      for (const [i, tensor] of tensors.entries()) {
        results.set(fetches[i]!, runtime.read(tensor));
        runtime.delete(tensor);
      }
    } finally {
      for (const tensor of inputs.values()) runtime.delete(tensor);
    }
    return results;
  }

  async function compile(program: Program): Promise<CompiledProgram> {
    const used = new Set<Variable>();
    const nameOf = (name: string, type: TensorType) => {
      const variable = variableOf(name, type);
      used.add(variable);
      return variable.name;
    };
    // A CPU takes five to ten times as long to make masks in the graph; to a GPU they would have to be sent.
    const masksOnDevice = runtime.hasGpu;
    if (program.nodes.some(({ op, outputs: [y] }) => op === "softmax" && y!.dtype === "bfloat16"))
      softmaxRoundsOnce ??= roundsSoftmaxOnce(runtime);
    const facts = { masksOnDevice, roundsSoftmaxOnce: softmaxRoundsOnce ?? false };
    const lowered = lowerToTensorflow(program, nameOf, facts);
    const part = { nodes: lowered.nodes, variables: used };
    parts.add(part);
    const { feeds: placeholders, outputs, done } = lowered;
    const fetches = [...new Set([...outputs.values(), ...(done === undefined ? [] : [done])])];
    const data = alignedArrays(lowered.masks.map(({ shape }) => sizeOf(shape)));
    const masks = lowered.masks.map((mask, i) => ({ ...mask, data: data[i]! }));

    return {
      async run(feeds, { dropoutSeed }: RunOptions = {}) {
        checkFeeds(program, feeds);
        checkState(program, (name) => store.typeOf(name) !== undefined);
        for (const [name, type] of program.state) checkType(`state ${name}`, store.typeOf(name)!, type);
        const inputs = new Map<string, TensorData>();
        for (const [name, placeholder] of placeholders) inputs.set(placeholder, feeds[name]!);
        if (masks.length + lowered.key.length > 0 && dropoutSeed === undefined)
          throw new Error("a program with dropout needs a dropoutSeed");
        const words = dropoutSeed === undefined ? [] : dropoutKey(dropoutSeed);
        for (const [i, name] of lowered.key.entries())
          inputs.set(name, { dtype: "int32", shape: [], data: Int32Array.of(words[i]!) });
        for (const { name, shape, rate, site, data } of masks) {
          fillDropoutMask(data, rate, dropoutSeed!, site);
          inputs.set(name, { dtype: "bool", shape, data });
        }
        const results = withDeviceFaults(() => run(part, inputs, fetches));
        for (const [name, type] of program.updates) store.replaced(name, type);
        return Object.fromEntries([...outputs].map(([name, fetch]) => [name, results.get(fetch)!]));
      },
      async dispose() {
        parts.delete(part);
      },
    };
  }

  return cacheWeightCasts({
    engine: "tensorflow",
    version: runtime.version,
    device: runtime.hasGpu ? "cuda" : "cpu",
    precisions: runtime.hasGpu ? ["float32", "bfloat16", "float16"] : ["float32", "bfloat16"],
    compile,
    write: async (name, value) => store.write(name, value),
    read: async (name) => store.read(name),
    async dispose() {
      store.dispose();
      parts.clear();
      current = undefined;
    },
  });
}

async function loadRuntime(options: TensorflowExecutorOptions): Promise<TensorflowRuntime> {
  // Bundlers for browsers put an empty module in the place of this file (`browser` in package.json).
  const module: Partial<typeof import("./runtime.node.ts")> = await import("./runtime.node.ts");
  if (module.loadRuntime !== undefined) return module.loadRuntime(options);
  throw new BertieError("engine/unavailable", "TensorFlow does not run in browsers: choose another engine");
}

/**
 * Arrays of these sizes that start at multiples of 64 bytes: TensorFlow reads such an array where it is, and copies any
 * other. WebAssembly's memory is the one of which JavaScript knows how it is aligned.
 */
function alignedArrays(sizes: readonly number[]): Uint8Array[] {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + Math.ceil(size / 64) * 64);
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(starts.at(-1)! / 2 ** 16) });
  return sizes.map((size, i) => new Uint8Array(buffer, starts[i], size));
}
