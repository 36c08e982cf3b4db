import { BertieError, quote } from "@bertie/common";
import { byteLength, type NamedTensors } from "../tensor.ts";
import { stridedTensor } from "./strided.ts";
import { isKind, type TorchTensor, type TorchValue } from "./torch-objects.ts";

/**
 * Keys under which training scripts store the state dict, next to values such as the epoch and the optimizer's state.
 */
const STATE_DICT_KEYS = ["state_dict", "model", "model_state_dict", "module"];

/** Allowance in bytes for small buffers that repeat their elements. */
const ALLOWED_EXTRA = 1 << 20;

/**
 * Returns the named tensors of an unpickled object, which is a state dict or a dict that contains one. Other values are
 * ignored.
 *
 * @param value unpickled object, corresponding to the result of torch.load
 * @param storages bytes of the storages by key
 * @throws BertieError "weights/no-tensors" if there is no state dict, "weights/storage", "weights/strides" or
 *   "weights/shared-storage" if a tensor does not fit its storage
 */
export function readStateDict(
  value: TorchValue,
  storages: { readonly get: (key: string) => Uint8Array | undefined },
  fileName: string,
): NamedTensors {
  const used = new Map<string, Uint8Array>();
  const tensors: NamedTensors = new Map(
    findStateDict(value, fileName).map(([name, tensor]) => {
      const { key } = tensor.storage;
      const data = storages.get(key);
      if (data) {
        used.set(key, data);
        return [name, stridedTensor(name, tensor, data, fileName)];
      }
      const text = `${fileName}: tensor ${quote(name)} needs storage ${quote(key)}, which is missing. Download the file again.`;
      throw new BertieError("weights/storage", text);
    }),
  );
  checkSharedStorages(tensors, used, fileName);
  return tensors;
}

/**
 * Throws if the tensors have many more bytes than their storages.
 *
 * Twice the bytes are allowed, because tied weights use a storage twice. Without a limit, a small file could describe a
 * large model by views of one storage, each of which is converted to a separate float32 array.
 */
function checkSharedStorages(tensors: NamedTensors, storages: ReadonlyMap<string, Uint8Array>, fileName: string): void {
  const stored = sum(Array.from(storages.values(), ({ length }) => length));
  const described = sum(Array.from(tensors.values(), byteLength));
  if (described <= 2 * stored + ALLOWED_EXTRA) return;
  const text = `${fileName}: tensors of ${described} bytes share storages of ${stored} bytes. Save each tensor with a separate storage.`;
  throw new BertieError("weights/shared-storage", text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function findStateDict(value: TorchValue, fileName: string): [name: string, tensor: TorchTensor][] {
  if (value instanceof Map) {
    for (const candidate of [value, ...STATE_DICT_KEYS.map((key) => value.get(key))]) {
      const tensors = candidate instanceof Map ? namedTensors(candidate) : [];
      if (tensors.length > 0) return tensors;
    }
  }
  const keys = value instanceof Map ? [...value.keys()].filter((key) => typeof key === "string").slice(0, 8) : [];
  const found = keys.length > 0 ? `a dict with the keys ${quote(keys)}` : "no dict with string keys";
  const text = `${fileName}: expected named tensors, found ${found}. Save model.state_dict().`;
  throw new BertieError("weights/no-tensors", text);
}

function namedTensors(map: Map<TorchValue, TorchValue>): [string, TorchTensor][] {
  const tensors: [string, TorchTensor][] = [];
  for (const [name, value] of map) {
    if (typeof name === "string" && isKind(value, "tensor")) tensors.push([name, value]);
  }
  return tensors;
}
