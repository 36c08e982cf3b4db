import { BertieError } from "@bertie/common";
import { quote } from "../../quote.ts";
import type { NamedTensors } from "../tensor.ts";
import { readStateDict } from "./state-dict.ts";
import { readTorchPickle } from "./torch-objects.ts";
import { readStoredZip } from "./zip.ts";

/**
 * Reads what torch.save writes since 1.6: a zip archive with a pickle, NAME/data.pkl, and the storages, NAME/data/KEY.
 *
 * @throws BertieError weights/zip…, weights/byte-order, and those of the pickle and its tensors
 */
export function readTorchZip(bytes: Uint8Array, fileName: string): NamedTensors {
  const entries = readStoredZip(bytes, fileName);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw new BertieError(
      "weights/zip",
      `${fileName}: a zip archive, but not one of torch.save, which has one NAME/data.pkl`,
    );
  }
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  const byteOrder = new TextDecoder().decode(entries.get(`${root}byteorder`)?.subarray(0, 20));
  if (byteOrder !== "" && byteOrder !== "little") {
    const text = `${fileName}: saved on a machine of byte order ${quote(byteOrder)}; Bertie reads little-endian, save it as safetensors`;
    throw new BertieError("weights/byte-order", text);
  }
  const { value } = readTorchPickle(entries.get(pickles[0]!)!, 0, fileName);
  return readStateDict(value, { get: (key) => entries.get(`${root}data/${key}`) }, fileName);
}
