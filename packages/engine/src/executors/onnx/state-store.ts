import { BertieError } from "@bertie/common";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { TensorData } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import { type Shape, sameShape } from "../../shape.ts";
import { missingState } from "../check.ts";
import { keepsState, type OnnxDevice } from "./lowering-context.ts";
import { type ElementType, encodeModel } from "./onnx-model.ts";
import { fromOrt, messageOf, type OnnxRuntime, toOrt, zeros } from "./runtime.ts";
import { isWeb } from "./web-runtime.ts";

/** Named tensors that the executor keeps between runs. */
export interface StateStore {
  has(name: string): boolean;
  current(name: string): OrtTensor;
  /**
   * Returns a buffer for the next value, reusing the previous value's buffer if it fits; null to let ONNX Runtime
   * allocate.
   */
  spare(name: string, type: TensorType): OrtTensor | null;
  /**
   * Returns a buffer for a float32 tensor that is needed only until the next run; null to let ONNX Runtime allocate.
   */
  scratch(key: string, shape: Shape): OrtTensor | null;
  /** Replaces the current values. */
  replace(values: readonly (readonly [name: string, value: OrtTensor])[]): void;
  write(name: string, value: TensorData): Promise<void>;
  read(name: string): Promise<TensorData>;
  dispose(): Promise<void>;
}

/** Creates a session for a model, with options in addition to the executor's. */
export type CreateSession = (model: Uint8Array, options?: InferenceSession.SessionOptions) => Promise<InferenceSession>;

/** Creates an empty store. */
export function createStateStore(runtime: OnnxRuntime, device: OnnxDevice, createSession: CreateSession): StateStore {
  const current = new Map<string, OrtTensor>();
  const spares = new Map<string, OrtTensor>();
  const scratches = new Map<string, OrtTensor>();
  const copier = createCopier(createSession);
  const fillsBuffers = !keepsState(device) && !isWeb(runtime);

  function get(name: string): OrtTensor {
    const tensor = current.get(name);
    if (tensor === undefined) throw missingState(name);
    return tensor;
  }

  function put(name: string, tensor: OrtTensor): void {
    const previous = current.get(name);
    current.set(name, tensor);
    if (previous === undefined) return;
    if (fillsBuffers) spares.set(name, previous);
    else previous.dispose();
  }

  return {
    has: (name) => current.has(name),
    current: get,
    spare(name, { dtype, shape }) {
      if (!fillsBuffers) return null;
      const spare = spares.get(name);
      const fits = spare?.type === dtype && sameShape(spare.dims, shape);
      return fits ? spare : zeros(runtime, dtype, shape);
    },
    scratch(key, shape) {
      if (!fillsBuffers) return null;
      const old = scratches.get(key);
      const tensor = old !== undefined && sameShape(old.dims, shape) ? old : zeros(runtime, "float32", shape);
      scratches.set(key, tensor);
      return tensor;
    },
    replace(values) {
      for (const [name, tensor] of values) put(name, tensor);
    },
    async write(name, value) {
      const tensor = toOrt(runtime, { ...value, data: value.data.slice() });
      put(name, !keepsState(device) ? tensor : await copier.copy(tensor, "gpu-buffer"));
    },
    async read(name) {
      const tensor = get(name);
      const host = tensor.location === "gpu-buffer" ? await copier.copy(tensor, "cpu") : tensor;
      const { dtype, shape, data } = fromOrt(host);
      return { dtype, shape: [...shape], data: data.slice() };
    },
    async dispose() {
      for (const tensor of [...current.values(), ...spares.values(), ...scratches.values()]) tensor.dispose();
      current.clear();
      spares.clear();
      scratches.clear();
      await copier.dispose();
    },
  };
}

/**
 * Returns an object that copies tensors between host and GPU by running a model with an Identity node. `getData()`
 * would be simpler, but aborts the process for GPU buffers in onnxruntime-node 1.30.
 */
function createCopier(createSession: CreateSession) {
  const sessions = new Map<string, Promise<InferenceSession>>();

  function session(type: ElementType, rank: number, to: "cpu" | "gpu-buffer"): Promise<InferenceSession> {
    const key = `${type} ${rank} ${to}`;
    let created = sessions.get(key);
    if (created === undefined) {
      const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
      const node = { opType: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} };
      const value = (name: string) => ({ name, type, shape });
      const model = { nodes: [node], initializers: [], inputs: [value("x")], outputs: [value("y")] };
      created = createSession(encodeModel(model), {
        graphOptimizationLevel: "disabled",
        preferredOutputLocation: { y: to },
      });
      sessions.set(key, created);
    }
    return created;
  }

  return {
    async copy(tensor: OrtTensor, to: "cpu" | "gpu-buffer"): Promise<OrtTensor> {
      try {
        const copy = await session(tensor.type as ElementType, tensor.dims.length, to);
        return (await copy.run({ x: tensor })).y!;
      } catch (cause) {
        throw new BertieError(
          "engine/device",
          `the GPU does not work (${messageOf(cause)}). Update its driver, or choose another device.`,
          { cause },
        );
      }
    },
    async dispose() {
      for (const created of sessions.values()) await (await created).release();
      sessions.clear();
    },
  };
}
