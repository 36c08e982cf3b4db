import { BertieError, quote } from "@bertie/common";
import type { WeightDType } from "../tensor.ts";
import { type PickleHost, type PickleValue, readPickle } from "./pickle.ts";

/** A function or class that a pickle refers to by name. */
type TorchGlobal = { readonly kind: "global"; readonly name: string };

/** A contiguous array of elements outside the pickle. Tensors are views of storages. */
export type TorchStorage = {
  readonly kind: "storage";
  readonly key: string;
  readonly dtype: WeightDType;
  /** Number of elements. */
  readonly length: number;
};

/** A tensor as described in a pickle, not yet checked against its storage. Offset and strides are in elements. */
export type TorchTensor = {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
};

export type TorchObject = TorchGlobal | TorchStorage | TorchTensor;
export type TorchValue = PickleValue<TorchObject>;

/** Storage classes of PyTorch and their dtypes. */
export const STORAGES: Readonly<Record<string, WeightDType>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/**
 * Functions that a pickle can call. Each returns undefined for invalid arguments, which causes an error.
 *
 * A malicious pickle can call a function 100,000 times with the same large list; see {@link orderedDict}.
 */
const FUNCTIONS: Readonly<Record<string, (args: TorchValue[]) => TorchValue | undefined>> = {
  "collections.OrderedDict": orderedDict,
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_parameter": ([data]) => (isKind(data, "tensor") ? data : undefined),
};

/** Maximum number of axes of a tensor. PyTorch allows 64, but weights have far fewer. */
const MAX_AXES = 16;

/**
 * Reads a pickle of torch.save.
 *
 * The pickle can refer only to the functions and storage classes in {@link FUNCTIONS} and {@link STORAGES}, so it cannot
 * run code.
 *
 * @throws BertieError "weights/forbidden-global" if the pickle refers to another name, and the errors of {@link
 *   readPickle}
 */
export function readTorchPickle(bytes: Uint8Array, start: number, fileName: string): TorchPickle {
  const storages = new Map<string, TorchStorage>();
  return { ...readPickle(bytes, start, torchHost(storages, fileName), fileName), storages };
}

type TorchPickle = {
  readonly value: TorchValue;
  /** The position after the pickle. */
  readonly end: number;
  /** The storages that the pickle refers to, by key. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
};

function torchHost(storages: Map<string, TorchStorage>, fileName: string): PickleHost<TorchObject> {
  const invalid = (problem: string) =>
    new BertieError("weights/pickle", `${fileName}: the pickle ${problem}. Download the file again.`);
  return {
    global: (module, name) => {
      const path = `${module}.${name}`;
      if (Object.hasOwn(FUNCTIONS, path) || Object.hasOwn(STORAGES, path)) return { kind: "global", name: path };
      const text = `${fileName}: the pickle refers to ${quote(path)}, which is not allowed in weights and was not called. Save only the state dict, or use safetensors.`;
      throw new BertieError("weights/forbidden-global", text);
    },
    call: (callee, args) => {
      const name = isKind(callee, "global") ? callee.name : "";
      if (!Object.hasOwn(FUNCTIONS, name) || !Array.isArray(args))
        throw invalid("calls a value that is not a function");
      const result = FUNCTIONS[name]!(args);
      if (result === undefined) throw invalid(`calls ${name} with invalid arguments`);
      return result;
    },
    persistent: (id) => {
      const storage = Array.isArray(id) ? storageFromId(id) : undefined;
      if (!storage) throw invalid("refers to a storage of an unsupported type");
      storages.set(storage.key, storage);
      return storage;
    },
  };
}

/** Parses the id ("storage", type, key, device, number of elements). Before PyTorch 1.6, it has a sixth item, None. */
function storageFromId(id: TorchValue[]): TorchStorage | undefined {
  const [tag, type, key, , length, view = null] = id;
  const dtype = isKind(type, "global") && Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : undefined;
  if (tag !== "storage" || dtype === undefined || typeof key !== "string" || !isNatural(length)) return undefined;
  return view === null ? { kind: "storage", key, dtype, length } : undefined;
}

function rebuildTensor([storage, offset, shape, stride]: TorchValue[]): TorchTensor | undefined {
  if (!isKind(storage, "storage") || !isNatural(offset) || !isSize(shape) || !isSize(stride)) return undefined;
  if (shape.length !== stride.length) return undefined;
  return { kind: "tensor", storage, offset, shape: [...shape], stride: [...stride] };
}

/**
 * Returns an OrderedDict: OrderedDict() in pickles of Python 3, OrderedDict([[key, value], …]) in pickles of Python 2.
 *
 * Removes the pairs from their list, so that a malicious pickle cannot create many large dicts from one list.
 */
function orderedDict(args: TorchValue[]): TorchValue | undefined {
  const [pairs = []] = args;
  if (args.length > 1 || !Array.isArray(pairs)) return undefined;
  const map = new Map<TorchValue, TorchValue>();
  for (const pair of pairs.splice(0)) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    map.set(pair[0]!, pair[1]!);
  }
  return map;
}

/** Returns whether a value is a PyTorch object of the given kind. */
export function isKind<K extends TorchObject["kind"]>(
  value: TorchValue | undefined,
  kind: K,
): value is Extract<TorchObject, { readonly kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

function isNatural(value: TorchValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Returns whether a value is a valid shape or valid strides. */
function isSize(value: TorchValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isNatural);
}
