import { BertieError } from "@bertie/common";
import { quote } from "../../quote.ts";
import { byteLength, type NamedTensors } from "../tensor.ts";
import { stridedTensor } from "./strided.ts";
import { isKind, type TorchTensor, type TorchValue } from "./torch-objects.ts";

/** Under these keys training scripts keep the state dict beside the epoch and the optimizer. */
const WRAPPERS = ["state_dict", "model", "model_state_dict", "module"];

/** Leaves room for small buffers that repeat their elements. */
const ALLOWED_EXTRA = 1 << 20;

/**
 * The named tensors of what torch.load would return: of the dict itself, or of the state dict in it. What is no tensor
 * is left out.
 *
 * @param storages the storages' bytes by their keys
 * @throws BertieError weights/no-tensors, weights/storage, weights/strides, weights/shared-storage
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
      const text = `${fileName}: tensor ${quote(name)} needs storage ${quote(key)}, which is not there; get the file anew`;
      throw new BertieError("weights/storage", text);
    }),
  );
  refuseMultiplied(tensors, used, fileName);
  return tensors;
}

/**
 * Tied weights use a storage twice. More would make a small file a large model: of views of one storage, which become
 * float32 one by one.
 */
function refuseMultiplied(tensors: NamedTensors, storages: ReadonlyMap<string, Uint8Array>, fileName: string): void {
  const stored = sum(Array.from(storages.values(), ({ length }) => length));
  const described = sum(Array.from(tensors.values(), byteLength));
  if (described <= 2 * stored + ALLOWED_EXTRA) return;
  const text = `${fileName}: its tensors take ${described} bytes, but are made of ${stored}; save each with a storage of its own`;
  throw new BertieError("weights/shared-storage", text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function findStateDict(value: TorchValue, fileName: string): [name: string, tensor: TorchTensor][] {
  if (value instanceof Map) {
    for (const candidate of [value, ...WRAPPERS.map((key) => value.get(key))]) {
      const tensors = candidate instanceof Map ? namedTensors(candidate) : [];
      if (tensors.length > 0) return tensors;
    }
  }
  const keys = value instanceof Map ? [...value.keys()].filter((key) => typeof key === "string").slice(0, 8) : [];
  const found = keys.length > 0 ? `it holds ${quote(keys)}` : "it holds no dict";
  const text = `${fileName}: no named tensors (${found}); save model.state_dict()`;
  throw new BertieError("weights/no-tensors", text);
}

function namedTensors(map: Map<TorchValue, TorchValue>): [string, TorchTensor][] {
  const tensors: [string, TorchTensor][] = [];
  for (const [name, value] of map) {
    if (typeof name === "string" && isKind(value, "tensor")) tensors.push([name, value]);
  }
  return tensors;
}
