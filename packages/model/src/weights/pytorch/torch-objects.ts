import { BertieError } from "@bertie/common";
import { quote } from "../../quote.ts";
import type { WeightDType } from "../tensor.ts";
import { type PickleHost, type PickleValue, readPickle } from "./pickle.ts";

/** A function or class that a pickle may name. */
type TorchGlobal = { readonly kind: "global"; readonly name: string };

/** A run of elements that lies outside the pickle; tensors are windows on it. */
export type TorchStorage = {
  readonly kind: "storage";
  readonly key: string;
  readonly dtype: WeightDType;
  /** In elements. */
  readonly length: number;
};

/** A tensor as a pickle describes it; whether its storage reaches that far is not known yet. */
export type TorchTensor = {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  /** Offset and strides are in elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
};

export type TorchObject = TorchGlobal | TorchStorage | TorchTensor;
export type TorchValue = PickleValue<TorchObject>;

/** The types of storages, and what they hold. */
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
 * All that a pickle can call. Each returns undefined where the arguments are not such as torch gives, which ends the
 * reading. A pickle can call one a hundred thousand times on one large list: see {@link orderedDict}.
 */
const FUNCTIONS: Readonly<Record<string, (args: TorchValue[]) => TorchValue | undefined>> = {
  "collections.OrderedDict": orderedDict,
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_parameter": ([data]) => (isKind(data, "tensor") ? data : undefined),
};

/** torch allows 64, and no weights come near either. */
const MOST_AXES = 16;

/**
 * Reads a pickle made by torch.save. It may name the functions and storage types above and nothing else, and they are
 * looked up in a table, so a pickle has no way to run code.
 *
 * @throws BertieError weights/forbidden-global, and those of {@link readPickle}
 */
export function readTorchPickle(bytes: Uint8Array, start: number, fileName: string): TorchPickle {
  const storages = new Map<string, TorchStorage>();
  return { ...readPickle(bytes, start, torchHost(storages, fileName), fileName), storages };
}

type TorchPickle = {
  readonly value: TorchValue;
  /** The position behind the pickle. */
  readonly end: number;
  /** Every storage that the pickle refers to, by its key. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
};

function torchHost(storages: Map<string, TorchStorage>, fileName: string): PickleHost<TorchObject> {
  const fault = (what: string) => new BertieError("weights/pickle", `${fileName}: ${what}; get the file anew`);
  return {
    global: (module, name) => {
      const path = `${module}.${name}`;
      if (Object.hasOwn(FUNCTIONS, path) || Object.hasOwn(STORAGES, path)) return { kind: "global", name: path };
      const text = `${fileName}: its pickle asks for ${quote(path)}, which weights do not need and Bertie never runs; save the state dict alone, or as safetensors`;
      throw new BertieError("weights/forbidden-global", text);
    },
    call: (callee, args) => {
      const name = isKind(callee, "global") ? callee.name : "";
      if (!Object.hasOwn(FUNCTIONS, name) || !Array.isArray(args)) throw fault("its pickle calls what is no function");
      const result = FUNCTIONS[name]!(args);
      if (result === undefined) throw fault(`its pickle calls ${name} with arguments that torch would not give`);
      return result;
    },
    persistent: (id) => {
      const storage = Array.isArray(id) ? storageFromId(id) : undefined;
      if (!storage) throw fault("its pickle refers to a storage of unknown type or form");
      storages.set(storage.key, storage);
      return storage;
    },
  };
}

/** The id is ("storage", type, key, device, element count), and in files before torch 1.6 a sixth item, None. */
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
 * OrderedDict() as Python 3 writes it, or OrderedDict([[key, value], …]) as Python 2 does. The pairs are taken out of their
 * list, which no other value has: a second call finds none.
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

export function isKind<K extends TorchObject["kind"]>(
  value: TorchValue | undefined,
  kind: K,
): value is Extract<TorchObject, { readonly kind: K }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

function isNatural(value: TorchValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Whether it is a shape, or the strides of one. */
function isSize(value: TorchValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MOST_AXES && value.every(isNatural);
}
