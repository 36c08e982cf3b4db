import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DType, isHalf, type TensorData } from "../../dtype.ts";
import { elementTypes } from "./element-types.ts";
import type { TensorflowRuntime, TensorHandle } from "./runtime.ts";

/**
 * The part of the addon `tfjs_binding.node` that the executor uses. Its source is in `binding` of
 * `@tensorflow/tfjs-node`.
 */
export interface Addon {
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: readonly number[], type: number, data: TensorData["data"]): number;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): TensorInfo[];
  loadSavedModel(folder: string, tags: string): number;
  runSavedModel(model: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  deleteSavedModel(id: number): void;
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number;
}

interface TensorInfo {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

const DTYPES: readonly DType[] = ["float32", "int32", "bool", "bfloat16", "float16"];

/** Wraps the addon as a TensorflowRuntime. */
export function openAddon(addon: Addon): TensorflowRuntime {
  const type = (name: string, dtype: DType): Attribute => {
    return { name, type: addon.TF_ATTR_TYPE, value: elementTypes[dtype] };
  };

  function handleOf({ id, shape, dtype }: TensorInfo): TensorHandle {
    const name = DTYPES.find((each) => elementTypes[each] === dtype);
    if (name === undefined)
      throw new Error(`TensorFlow returned a tensor of data type ${dtype}. Cast it to one of ${DTYPES.join(", ")}.`);
    return { id, shape, dtype: name };
  }

  function create({ dtype, shape, data }: TensorData): TensorHandle {
    return { id: addon.createTensor(shape, elementTypes[dtype], data), shape, dtype };
  }

  function cast(tensor: TensorHandle, dtype: DType): TensorHandle {
    const [result] = addon.executeOp("Cast", [type("SrcT", tensor.dtype), type("DstT", dtype)], [tensor.id], 1);
    return handleOf(result!);
  }

  /** Returns the result of using a tensor, and deletes the tensor. */
  function consume<T>(tensor: TensorHandle, use: (tensor: TensorHandle) => T): T {
    try {
      return use(tensor);
    } finally {
      addon.deleteTensor(tensor.id);
    }
  }

  function feed({ dtype, shape, data }: TensorData): TensorHandle {
    const values = data instanceof Float64Array ? Float32Array.from(data) : data;
    if (!isHalf(dtype)) return create({ dtype, shape, data: values });
    return consume(create({ dtype: "float32", shape, data: values }), (wide) => cast(wide, dtype));
  }

  function read(tensor: TensorHandle): TensorData {
    const { dtype, shape } = tensor;
    if (!isHalf(dtype)) return { dtype, shape, data: addon.tensorDataSync(tensor.id) };
    return { dtype, shape, data: consume(cast(tensor, "float32"), ({ id }) => addon.tensorDataSync(id)) };
  }

  return {
    version: addon.TF_Version,
    hasGpu: addon.isUsingGpuDevice(),
    feed,
    copy(value) {
      return consume(feed(value), ({ id, dtype }) => {
        const [copied] = addon.executeOp("DeepCopy", [type("T", dtype)], [id], 1);
        return handleOf(copied!);
      });
    },
    read,
    delete: ({ id }) => addon.deleteTensor(id),
    loadModel(savedModel) {
      const folder = mkdtempSync(join(tmpdir(), "bertie-tensorflow-"));
      try {
        writeFileSync(join(folder, "saved_model.pb"), savedModel);
        return { id: addon.loadSavedModel(folder, "serve") };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    run(model, feeds, fetches) {
      const ids = [...feeds.values()].map(({ id }) => id);
      return addon.runSavedModel(model.id, ids, [...feeds.keys()].join(), fetches.join()).map(handleOf);
    },
    deleteModel: ({ id }) => addon.deleteSavedModel(id),
    count: () => ({ tensors: addon.getNumOfTensors(), models: addon.getNumOfSavedModels() }),
  };
}
