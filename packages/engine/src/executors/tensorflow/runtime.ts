import type { DType, TensorData } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";

/** A tensor that TensorFlow holds until it is deleted. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A model that TensorFlow has loaded: a graph, and a session that holds its variables. */
export interface ModelHandle {
  readonly id: number;
}

/**
 * What is used of TensorFlow, as the addon of `@tensorflow/tfjs-node` opens it. Every call blocks until it is done.
 * Names are those of TensorFlow: "node" or "node:output", without commas.
 */
export interface TensorflowRuntime {
  /** TensorFlow's version, such as "2.18.1". */
  readonly version: string;
  /** Whether it found a GPU that it can use. */
  readonly hasGpu: boolean;

  /**
   * A tensor with these values, to be fed to a run and deleted after it. It may share the array's memory: leave the array
   * alone until then, and let no graph keep it in a variable.
   */
  feed(value: TensorData): TensorHandle;
  /** A tensor with a copy of these values, which a graph may keep in a variable. */
  copy(value: TensorData): TensorHandle;
  /** A copy of the values; 16-bit floats come as Float32Array. */
  read(tensor: TensorHandle): TensorData;
  delete(tensor: TensorHandle): void;

  /** Loads a SavedModel, given as the bytes of `saved_model.pb`; it may have no variables stored. */
  loadModel(savedModel: Uint8Array): ModelHandle;
  /** Runs a graph with feeds by name, and gives the tensors of these names, in their order; they must be deleted. */
  run(model: ModelHandle, feeds: ReadonlyMap<string, TensorHandle>, fetches: readonly string[]): TensorHandle[];
  deleteModel(model: ModelHandle): void;

  /** How many tensors and models there are that have not been deleted. */
  count(): { readonly tensors: number; readonly models: number };
}
