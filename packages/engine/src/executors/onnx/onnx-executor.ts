import { BertieError } from "@bertie/common";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { applyAdam } from "../../adam-kernel.ts";
import { dropoutKey, fillDropoutMask } from "../../dropout-mask.ts";
import type { CompiledProgram, Executor, FrozenProgram, RunOptions } from "../../executor.ts";
import type { Program } from "../../program.ts";
import { sizeOf } from "../../shape.ts";
import { checkFeeds, checkState, MISSING_DROPOUT_SEED } from "../check.ts";
import { classifyDeviceFault } from "../device-fault.ts";
import { compileFrozen } from "./frozen-program.ts";
import { supportsFloat16 } from "./half-support.ts";
import { feedName, type HostAdamUpdate, keyNames, lowerToOnnx, outputName, stateName, updateName } from "./lower.ts";
import { keepsState } from "./lowering-context.ts";
import { encodeModel } from "./onnx-model.ts";
import type { OnnxExecutorOptions } from "./options.ts";
import { fromOrt, messageOf, type OnnxRuntime, toOrt } from "./runtime.ts";
import { createStateStore, type StateStore } from "./state-store.ts";
import { isWeb } from "./web-runtime.ts";

/**
 * Creates an executor that runs programs as ONNX models with ONNX Runtime.
 *
 * On the CPU, Adam updates overwrite the state in place, and other updates use two buffers per tensor, which are
 * swapped (onnxruntime-web allocates new buffers). With WebGPU, the GPU buffers that a run returns are inputs of the
 * next run. With CUDA, the state is kept on the host and copied to the GPU in every run.
 *
 * @throws BertieError "engine/device" if the device does not work, "engine/unavailable" if ONNX Runtime is not
 * installed, "engine/threads" if onnxruntime-web already runs with another number of threads
 * @example
 * ```ts
 * import { createOnnxExecutor, float32, sum, trace } from "@bertie/engine";
 *
 * const executor = await createOnnxExecutor({ device: "cpu", threads: 1 });
 * const program = trace(({ feed }) => ({ outputs: { total: sum(feed("x", "float32", [3])) } }));
 * const compiled = await executor.compile(program);
 * const { total } = await compiled.run({ x: float32(Float32Array.of(1, 2, 3)) });
 * console.log(total?.data); // Float32Array(1) [ 6 ]
 * await executor.dispose();
 * ```
 */
export async function createOnnxExecutor(options: OnnxExecutorOptions = {}): Promise<Executor> {
  const { device = "cpu", gpu = 0, threads, verbose = false } = options;
  const runtime =
    typeof options.runtime === "object"
      ? (options.runtime as OnnxRuntime)
      : await (await import("./runtime.node.ts")).loadRuntime(options);
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [device === "cuda" ? { name: "cuda", deviceId: gpu } : device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    interOpNumThreads: 1,
    // Memory patterns pre-allocate for the worst case. Without them, the peak is the size of the live tensors.
    enableMemPattern: false,
    logSeverityLevel: verbose ? 0 : 3,
    extra: {
      // BiasGelu takes longer than Add and Gelu, which ONNX Runtime has vectorized.
      optimization: { disable_specified_optimizers: "BiasGeluFusion" },
      session: {
        // Otherwise, dropout masks are dequantized once per reader.
        disable_quant_qdq: "1",
        // On a busy machine, a spinning thread occupies the core of the thread that it waits for. Without spinning,
        // training steps take 10% less time on such a machine (small steps much less), and no more on an idle one.
        // Classification in int8 takes 20 to 40% less time on a busy machine, and 10% more on an idle one.
        intra_op: { allow_spinning: "0" },
        // If the device cannot run a node, fail instead of running the node on the CPU.
        ...(device !== "cpu" && { disable_cpu_ep_fallback: "1" }),
      },
    },
  };
  const createSession = (model: Uint8Array, more: InferenceSession.SessionOptions = {}) =>
    runtime.InferenceSession.create(model, { ...sessionOptions, ...more });
  const store = createStateStore(runtime, device, createSession);
  const sessions = new Set<InferenceSession>();
  // On the CPU, float16 is computed in float32 with conversions, which is slower.
  const hasFloat16 = device !== "cpu" && (await supportsFloat16(runtime, createSession));

  async function compile(program: Program): Promise<CompiledProgram> {
    const { model, masks, hasDropoutKey, updates, adamUpdates } = lowerToOnnx(program, device);
    const onDevice = [...program.updates.keys()].map((name) => [updateName(name), "gpu-buffer"] as const);
    const onHost = [...program.outputs.keys()].map((name) => [outputName(name), "cpu"] as const);
    const location = !keepsState(device)
      ? {}
      : { preferredOutputLocation: Object.fromEntries([...onDevice, ...onHost]) };
    // An arena keeps the memory of a session's largest run, so one arena per padded length doubles the memory of a
    // training run. Therefore only the first program has an arena. The others take 10% longer without one.
    const memory = device === "cpu" && sessions.size > 0 ? { enableCpuMemArena: false } : {};
    const session = await createSession(encodeModel(model), { ...location, ...memory }).catch((cause: unknown) => {
      const remedy = /No supported adapters/.test(String(cause)) ? DRIVER : "Choose another device or engine.";
      const text = `ONNX Runtime cannot run the program on ${device} (${messageOf(cause)}). ${remedy}`;
      throw new BertieError("engine/device", text, { cause });
    });
    sessions.add(session);
    const maskTensors = masks.map(({ name, shape, rate, site }) => {
      const data = new Uint8Array(sizeOf(shape));
      return { name, rate, site, data, tensor: new runtime.Tensor("uint8", data, shape) };
    });

    return {
      async run(feeds, { dropoutSeed }: RunOptions = {}) {
        checkFeeds(program, feeds);
        checkState(program, store.has);
        const inputs: Record<string, OrtTensor> = {};
        for (const [name, data] of Object.entries(feeds))
          if (program.feeds.has(name)) inputs[feedName(name)] = toOrt(runtime, data);
        for (const name of program.state.keys()) inputs[stateName(name)] = store.current(name);
        if (dropoutSeed === undefined && (hasDropoutKey || masks.length > 0)) throw new Error(MISSING_DROPOUT_SEED);
        const key = hasDropoutKey ? dropoutKey(dropoutSeed!) : [];
        for (const [i, word] of key.entries())
          inputs[keyNames[i]!] = new runtime.Tensor("uint32", Uint32Array.of(word), [1]);
        for (const { name, rate, site, data, tensor } of maskTensors) {
          fillDropoutMask(data, rate, dropoutSeed!, site);
          inputs[name] = tensor;
        }
        const fetches: Record<string, OrtTensor | null> = {};
        for (const { names, gradient, clip, learningRate } of adamUpdates)
          Object.assign(fetches, {
            [gradient.name]: store.scratch(names.parameter, gradient.shape),
            [clip]: null,
            [learningRate]: null,
          });
        for (const [name, tensor] of updates) fetches[updateName(name)] = store.spare(name, tensor);
        for (const name of program.outputs.keys()) fetches[outputName(name)] = null;
        const results = await session.run(inputs, fetches).catch((cause: unknown) => {
          throw classifyDeviceFault(cause);
        });
        for (const update of adamUpdates) updateState(update, store, results);
        store.replace([...updates].map(([name]) => [name, results[updateName(name)]!]));
        return Object.fromEntries(
          [...program.outputs.keys()].map((name) => [name, fromOrt(results[outputName(name)]!)]),
        );
      },
      async dispose() {
        // A GPU buffer must not outlive the session that returned it, and state is in such buffers.
        if (keepsState(device)) return;
        sessions.delete(session);
        await session.release();
      },
    };
  }

  return {
    engine: isWeb(runtime) ? "onnx-web" : "onnx",
    device,
    ...(runtime.env && {
      version: runtime.env.versions.node ?? runtime.env.versions.web ?? runtime.env.versions.common,
    }),
    precisions: hasFloat16 ? ["float32", "float16"] : ["float32"],
    compile,
    ...(device === "cpu" && {
      compileFrozen: (program: FrozenProgram) => compileFrozen(program, runtime, createSession),
    }),
    write: store.write,
    read: store.read,
    async dispose() {
      await store.dispose();
      for (const session of sessions) await session.release();
      sessions.clear();
    },
  };
}

const DRIVER =
  "Install or update the GPU's driver; on Linux, it must support Vulkan (Debian: apt-get install libvulkan1 mesa-vulkan-drivers, or NVIDIA's driver).";

/** Applies an Adam update to the state in place. */
function updateState(
  { names, gradient, clip, learningRate, ...settings }: HostAdamUpdate,
  store: StateStore,
  results: Readonly<Record<string, OrtTensor>>,
): void {
  const array = (tensor: OrtTensor) => tensor.data as Float32Array;
  const [parameter, m, v] = [names.parameter, names.m, names.v].map((name) => array(store.current(name))) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [factor, rate] = [clip, learningRate].map((name) => array(results[name]!)[0]!) as [number, number];
  applyAdam({ parameter, m, v }, array(results[gradient.name]!), { ...settings, clip: factor, learningRate: rate });
}
