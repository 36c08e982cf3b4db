import type { DType, TensorData } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

/** A tensor that TensorFlow keeps in memory until it is deleted. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A model that TensorFlow has loaded: a graph, and a session with the values of its variables. */
export interface ModelHandle {
  readonly id: number;
}

/**
 * The functions of TensorFlow that the executor uses, as the addon of `@tensorflow/tfjs-node` provides them. All calls
 * are synchronous. Names have the form "node" or "node:output" and contain no commas.
 */
export interface TensorflowRuntime {
  /** Version of TensorFlow, such as "2.18.1". */
  readonly version: string;
  /** Whether TensorFlow found a GPU that it can use. */
  readonly hasGpu: boolean;

  /**
   * Creates a tensor to feed to a run. The tensor may share the array's memory: do not store the tensor in a variable,
   * and do not modify the array before the tensor is deleted.
   */
  feed(value: TensorData): TensorHandle;
  /** Creates a tensor with a copy of the values, which a graph may store in a variable. */
  copy(value: TensorData): TensorHandle;
  /** Returns a copy of the values; 16-bit floats are returned as Float32Array. */
  read(tensor: TensorHandle): TensorData;
  delete(tensor: TensorHandle): void;

  /** Loads a SavedModel without stored variables, given as the bytes of `saved_model.pb`. */
  loadModel(savedModel: Uint8Array): ModelHandle;
  /** Runs a graph and returns the fetched tensors, which the caller must delete. */
  run(model: ModelHandle, feeds: ReadonlyMap<string, TensorHandle>, fetches: readonly string[]): TensorHandle[];
  deleteModel(model: ModelHandle): void;

  /** Returns the numbers of tensors and models that have not been deleted. */
  count(): { readonly tensors: number; readonly models: number };
}
