import { BertieError, quote } from "@bertie/common";
import type { NamedTensors } from "../tensor.ts";
import { readStateDict } from "./state-dict.ts";
import { readTorchPickle } from "./torch-objects.ts";
import { readStoredZip } from "./zip.ts";

/**
 * Reads a file written by torch.save of PyTorch 1.6 or later: a zip archive with a pickle, NAME/data.pkl, and storages,
 * NAME/data/KEY.
 *
 * @throws BertieError "weights/zip…" if the archive is not valid, "weights/byte-order" if the file is not little-endian,
 *   other "weights/…" codes if the pickle or a tensor is not valid
 */
export function readTorchZip(bytes: Uint8Array, fileName: string): NamedTensors {
  const entries = readStoredZip(bytes, fileName);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    const text = `${fileName}: expected one NAME/data.pkl in the zip archive, found ${pickles.length}. Use a pytorch_model.bin file that torch.save wrote.`;
    throw new BertieError("weights/zip", text);
  }
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  const byteOrder = new TextDecoder().decode(entries.get(`${root}byteorder`)?.subarray(0, 20));
  if (byteOrder !== "" && byteOrder !== "little") {
    const text = `${fileName}: expected byte order "little", found ${quote(byteOrder)}. Save the weights as safetensors.`;
    throw new BertieError("weights/byte-order", text);
  }
  const { value } = readTorchPickle(entries.get(pickles[0]!)!, 0, fileName);
  return readStateDict(value, { get: (key) => entries.get(`${root}data/${key}`) }, fileName);
}
