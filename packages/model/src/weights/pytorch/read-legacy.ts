import { BertieError, type ErrorCode } from "@bertie/common";
import { ITEM_SIZE, type NamedTensors } from "../tensor.ts";
import { byteReader } from "./byte-reader.ts";
import { readStateDict } from "./state-dict.ts";
import { readTorchPickle, type TorchStorage } from "./torch-objects.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Reads what torch.save wrote before 1.6: five pickles one after another (a magic number, the format's version, facts
 * about the machine, the object, the storages' keys), then the storages in that order, each behind its element count.
 *
 * @throws BertieError weights/unknown-format, weights/byte-order, and those of the pickle and its tensors
 */
export function readTorchLegacy(bytes: Uint8Array, fileName: string): NamedTensors {
  const fault = (code: ErrorCode, what: string) => new BertieError(code, `${fileName}: ${what}`);
  const magic = readTorchPickle(bytes, 0, fileName);
  const version = magic.value === MAGIC ? readTorchPickle(bytes, magic.end, fileName) : undefined;
  if (version?.value !== PROTOCOL) {
    throw fault(
      "weights/unknown-format",
      "a pickle, but not one of torch.save; give pytorch_model.bin or model.safetensors",
    );
  }
  const machine = readTorchPickle(bytes, version.end, fileName);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw fault(
      "weights/byte-order",
      "not saved on a little-endian machine, and Bertie reads no other; save it as safetensors",
    );
  }
  const object = readTorchPickle(bytes, machine.end, fileName);
  const keys = readTorchPickle(bytes, object.end, fileName);
  if (!Array.isArray(keys.value)) throw fault("weights/pickle", "has no list of storages; get the file anew");
  const contents = readStorages(bytes, keys.end, keys.value, object.storages, fileName);
  return readStateDict(object.value, contents, fileName);
}

function readStorages(
  bytes: Uint8Array,
  start: number,
  keys: readonly unknown[],
  storages: ReadonlyMap<string, TorchStorage>,
  fileName: string,
): Map<string, Uint8Array> {
  const reader = byteReader(bytes, start, fileName);
  const contents = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage || contents.has(storage.key)) {
      const what = storage ? "the same storage twice" : "a storage that no tensor uses";
      throw new BertieError("weights/storage", `${fileName}: ${what}; get the file anew`);
    }
    contents.set(storage.key, reader.take(reader.uint(8) * ITEM_SIZE[storage.dtype]));
  }
  return contents;
}
