import { BertieError, type ErrorCode } from "@bertie/common";
import { ITEM_SIZE, type NamedTensors } from "../tensor.ts";
import { byteReader } from "./byte-reader.ts";
import { readStateDict } from "./state-dict.ts";
import { readTorchPickle, type TorchStorage } from "./torch-objects.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Reads a file written by torch.save before PyTorch 1.6.
 *
 * The file consists of five pickles (a magic number, the format version, properties of the machine, the object, and the
 * keys of the storages), followed by the storages in the order of the keys, each preceded by its number of elements.
 *
 * @throws BertieError "weights/unknown-format" if torch.save did not write the pickle, "weights/byte-order" if the
 *   file is not little-endian, other "weights/…" codes if the pickle or a tensor is not valid
 */
export function readTorchLegacy(bytes: Uint8Array, fileName: string): NamedTensors {
  const invalid = (code: ErrorCode, text: string) => new BertieError(code, `${fileName}: ${text}`);
  const magic = readTorchPickle(bytes, 0, fileName);
  const version = magic.value === MAGIC ? readTorchPickle(bytes, magic.end, fileName) : undefined;
  if (version?.value !== PROTOCOL) {
    throw invalid(
      "weights/unknown-format",
      "expected weights, found a pickle that torch.save did not write. Use a pytorch_model.bin or model.safetensors file.",
    );
  }
  const machine = readTorchPickle(bytes, version.end, fileName);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw invalid(
      "weights/byte-order",
      "expected a file saved on a little-endian machine. Save the weights as safetensors.",
    );
  }
  const object = readTorchPickle(bytes, machine.end, fileName);
  const keys = readTorchPickle(bytes, object.end, fileName);
  if (!Array.isArray(keys.value)) {
    throw invalid("weights/pickle", "the list of storages is missing. Download the file again.");
  }
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
      const problem = storage ? "a storage is listed twice" : "a storage is not used by any tensor";
      throw new BertieError("weights/storage", `${fileName}: ${problem}. Download the file again.`);
    }
    contents.set(storage.key, reader.take(reader.uint(8) * ITEM_SIZE[storage.dtype]));
  }
  return contents;
}
