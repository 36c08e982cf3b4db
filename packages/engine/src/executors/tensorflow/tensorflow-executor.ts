import { BertieError } from "@bertie/common";
import { dropoutKey, fillDropoutMask } from "../../dropout-mask.ts";
import type { TensorData } from "../../dtype.ts";
import type { CompiledProgram, Executor, RunOptions } from "../../executor.ts";
import type { TensorType } from "../../graph.ts";
import type { Program } from "../../program.ts";
import { sizeOf } from "../../shape.ts";
import { checkFeeds, checkState, checkType, MISSING_DROPOUT_SEED } from "../check.ts";
import { withDeviceFaults } from "../device-fault.ts";
import { cacheWeightCasts } from "../weight-cast-cache.ts";
import type { TfNode } from "./graph-def.ts";
import { roundsSoftmaxOnce } from "./half-softmax.ts";
import { lowerToTensorflow } from "./lower.ts";
import type { TensorflowRuntime } from "./runtime.ts";
import { openSession, type Session } from "./session.ts";
import { type Placement, shareGraph } from "./shared-graph.ts";
import { createStateStore } from "./state-store.ts";
import type { Variable } from "./variables.ts";

/**
 * The options of createTensorflowExecutor(). The first executor of a process determines the device, GPU and number of
 * threads for the entire process.
 */
export interface TensorflowExecutorOptions {
  /**
   * The device: "cpu", "cuda" for an NVIDIA GPU, or "auto" for an NVIDIA GPU if TensorFlow finds one.
   *
   * @default "cpu"
   */
  readonly device?: "cpu" | "cuda" | "auto";
  /**
   * Index of the GPU among the GPUs that CUDA_VISIBLE_DEVICES lists, from 0.
   *
   * @default 0
   */
  readonly gpu?: number;
  /** Number of threads per kernel on the CPU. Default: one per core. */
  readonly threads?: number;
  /** The functions of TensorFlow. Default: the addon of the package @tensorflow/tfjs-node. */
  readonly runtime?: TensorflowRuntime;
}

/** The nodes of a program. */
interface Part {
  readonly nodes: readonly TfNode[];
  readonly variables: ReadonlySet<Variable>;
}

/**
 * Creates an executor that runs programs as TensorFlow graphs with the addon of @tensorflow/tfjs-node.
 *
 * The addon creates a session from a SavedModel, and a session owns its variables. Therefore compile() only lowers a
 * program, and the first run loads one SavedModel with all programs compiled so far and one set of variables. The first
 * run of a program that was compiled later moves the variables to a new session, so compile all programs before the
 * first run if possible.
 *
 * Runs block the JavaScript thread. On a GPU, state and intermediate results stay on the device.
 *
 * @throws BertieError "engine/unavailable" if TensorFlow is not installed, "engine/device" if the GPU is not found,
 * "engine/threads" if TensorFlow already runs with another number of threads
 * @example
 * ```ts ignore
 * import { createTensorflowExecutor, float32, sum, trace } from "@bertie/engine";
 *
 * const executor = await createTensorflowExecutor(); // It requires @tensorflow/tfjs-node, or `npm run setup:native`.
 * const program = trace(({ feed }) => ({ outputs: { total: sum(feed("x", "float32", [3])) } }));
 * const compiled = await executor.compile(program);
 * const { total } = await compiled.run({ x: float32(Float32Array.of(1, 2, 3)) });
 * console.log(total?.data); // Float32Array(1) [ 6 ]
 * await executor.dispose();
 * ```
 */
export async function createTensorflowExecutor(options: TensorflowExecutorOptions = {}): Promise<Executor> {
  const runtime = options.runtime ?? (await loadRuntime(options));
  const variables = new Map<string, Variable>();
  const store = createStateStore(runtime, variableOf);
  const parts = new Set<Part>();
  let current: { readonly session: Session; readonly placements: ReadonlyMap<Part, Placement> } | undefined;
  let softmaxRoundsOnce: boolean | undefined;

  /** Returns the variable for a state of the given name and type. */
  function variableOf(name: string, { dtype, shape }: TensorType): Variable {
    const key = `${name} ${dtype}[${shape}]`;
    const variable = variables.get(key) ?? { name: `state_${variables.size}`, type: { dtype, shape: [...shape] } };
    variables.set(key, variable);
    return variable;
  }

  /**
   * Returns a session whose graph contains the part and whose variables contain all state, and the part's placement.
   */
  function sessionWith(part: Part): readonly [Session, Placement] {
    const placement = current?.placements.get(part);
    if (placement !== undefined) return [current!.session, placement];
    const all = [...parts];
    const used = new Set(all.flatMap((each) => [...each.variables]));
    const { nodes, placements } = shareGraph(all.map((each) => each.nodes));
    const session = openSession(runtime, [...used], nodes);
    store.moveTo(session);
    current = { session, placements: new Map(all.map((each, i) => [each, placements[i]!])) };
    return [session, current.placements.get(part)!];
  }

  /** Runs the nodes of a part with values from the host, and returns the fetched values. */
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
    // Computing masks in the graph is 5 to 10 times slower on a CPU, but saves copying them to a GPU.
    const masksOnDevice = runtime.hasGpu;
    if (program.nodes.some(({ op, outputs: [y] }) => op === "softmax" && y!.dtype === "bfloat16"))
      softmaxRoundsOnce ??= roundsSoftmaxOnce(runtime);
    const settings = { masksOnDevice, roundsSoftmaxOnce: softmaxRoundsOnce ?? false };
    const lowered = lowerToTensorflow(program, nameOf, settings);
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
        if (masks.length + lowered.key.length > 0 && dropoutSeed === undefined) throw new Error(MISSING_DROPOUT_SEED);
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
  // Bundlers for browsers replace this module with an empty one (`browser` in package.json).
  const module: Partial<typeof import("./runtime.node.ts")> = await import("./runtime.node.ts");
  if (module.loadRuntime !== undefined) return module.loadRuntime(options);
  throw new BertieError("engine/unavailable", "TensorFlow does not run in browsers. Use another engine.");
}

/**
 * Returns arrays of the given sizes that start at multiples of 64 bytes. TensorFlow reads such arrays in place and
 * copies others. They are in WebAssembly memory, the only memory in JavaScript with a known alignment.
 */
function alignedArrays(sizes: readonly number[]): Uint8Array[] {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + Math.ceil(size / 64) * 64);
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(starts.at(-1)! / 2 ** 16) });
  return sizes.map((size, i) => new Uint8Array(buffer, starts[i], size));
}
