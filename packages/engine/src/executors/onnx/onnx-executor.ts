import { BertieError } from "@bertie/common";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { updateByAdam } from "../../adam-kernel.ts";
import { dropoutKey, fillDropoutMask } from "../../dropout-mask.ts";
import type { CompiledProgram, Executor, FrozenProgram, RunOptions } from "../../executor.ts";
import type { Program } from "../../program.ts";
import { sizeOf } from "../../shape.ts";
import { checkFeeds, checkState } from "../check.ts";
import { deviceFault } from "../device-fault.ts";
import { compileFrozen } from "./frozen-program.ts";
import { computesInFloat16 } from "./half-support.ts";
import { feedName, type HostAdamUpdate, keyNames, lowerToOnnx, outputName, stateName, updateName } from "./lower.ts";
import { keepsState } from "./lowering-context.ts";
import { encodeModel } from "./onnx-model.ts";
import type { OnnxExecutorOptions } from "./options.ts";
import { fromOrt, messageOf, toOrt } from "./runtime.ts";
import { createStateStore, type StateStore } from "./state-store.ts";
import { isWeb } from "./web-runtime.ts";

/**
 * Runs programs as ONNX models with ONNX Runtime.
 *
 * State lives on the device. On the CPU updates by Adam change it in its place; for others it has two buffers a tensor,
 * which swap roles with every update (onnxruntime-web makes new ones). On a GPU it is in GPU buffers that come out of one
 * run and go into the next.
 *
 * @throws BertieError "engine/device" if the device cannot be used, "engine/unavailable" if ONNX Runtime is not there,
 * "engine/threads" if onnxruntime-web runs already, with another number of threads
 */
export async function createOnnxExecutor(options: OnnxExecutorOptions = {}): Promise<Executor> {
  const { device = "cpu", gpu = 0, threads, verbose = false } = options;
  const runtime =
    typeof options.runtime === "object"
      ? options.runtime
      : await (await import("./runtime.node.ts")).loadRuntime(options);
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [device === "cuda" ? { name: "cuda", deviceId: gpu } : device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    interOpNumThreads: 1,
    // The pattern pre-allocates for the worst case: without it the peak is that of the live tensors.
    enableMemPattern: false,
    logSeverityLevel: verbose ? 0 : 3,
    extra: {
      session: {
        // Else dropout's masks are dequantized once for each reader.
        disable_quant_qdq: "1",
        // A thread that waits by spinning takes the core from whoever it waits for on a busy machine, where steps get a
        // tenth shorter, and small ones far more; on an idle one they last as long.
        intra_op: { allow_spinning: "0" },
        // A node that the device cannot run is an error, not a detour over the CPU.
        ...(device !== "cpu" && { disable_cpu_ep_fallback: "1" }),
      },
    },
  };
  const createSession = (model: Uint8Array, more: InferenceSession.SessionOptions = {}) =>
    runtime.InferenceSession.create(model, { ...sessionOptions, ...more });
  const store = createStateStore(runtime, device, createSession);
  const sessions = new Set<InferenceSession>();
  // On the CPU it would be but float32 with conversions.
  const hasFloat16 = device !== "cpu" && (await computesInFloat16(runtime, createSession));

  async function compile(program: Program): Promise<CompiledProgram> {
    const { model, masks, hasDropoutKey, updates, adamUpdates } = lowerToOnnx(program, device);
    const onDevice = [...program.updates.keys()].map((name) => [updateName(name), "gpu-buffer"] as const);
    const onHost = [...program.outputs.keys()].map((name) => [outputName(name), "cpu"] as const);
    const location = !keepsState(device)
      ? {}
      : { preferredOutputLocation: Object.fromEntries([...onDevice, ...onHost]) };
    // An arena keeps what a session's largest run took: with one for each padded length, a run needed twice the memory.
    // So only the first program has one; to do without costs the others a tenth of their time.
    const memory = device === "cpu" && sessions.size > 0 ? { enableCpuMemArena: false } : {};
    const session = await createSession(encodeModel(model), { ...location, ...memory }).catch((cause: unknown) => {
      const hint = /No supported adapters/.test(String(cause)) ? `: ${DRIVER}` : "";
      const text = `ONNX Runtime cannot run this on ${device}: ${messageOf(cause)}${hint}`;
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
        if (dropoutSeed === undefined && (hasDropoutKey || masks.length > 0))
          throw new Error("a program with dropout needs a dropoutSeed");
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
          throw deviceFault(cause);
        });
        for (const update of adamUpdates) updateState(update, store, results);
        store.replace([...updates].map(([name]) => [name, results[updateName(name)]!]));
        return Object.fromEntries(
          [...program.outputs.keys()].map((name) => [name, fromOrt(results[outputName(name)]!)]),
        );
      },
      async dispose() {
        // A GPU buffer that came out of a session must not outlive it, and state does come out of one.
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
  "install the GPU's driver, on Linux one for Vulkan (Debian: apt-get install libvulkan1 mesa-vulkan-drivers, or NVIDIA's), or a newer one";

/** Makes an update in the state's place. */
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
  const [number, rate] = [clip, learningRate].map((name) => array(results[name]!)[0]!) as [number, number];
  updateByAdam({ parameter, m, v }, array(results[gradient.name]!), { ...settings, clip: number, learningRate: rate });
}
