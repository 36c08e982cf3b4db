import { BertieError } from "@bertie/common";
import { readTorchLegacy } from "./pytorch/read-legacy.ts";
import { readTorchZip } from "./pytorch/read-zip.ts";
import { readSafetensors } from "./safetensors.ts";
import type { NamedTensors } from "./tensor.ts";

/**
 * The named tensors of a weight file: safetensors, or pytorch_model.bin in either of the formats torch.save has had.
 * The format is known by the content; the name is used in messages only. Tensors are views of `bytes` where they can be.
 *
 * @throws BertieError weights/unknown-format, and those of each format
 */
export function readWeights(bytes: Uint8Array, fileName: string): NamedTensors {
  if (startsWith(bytes, 8, "{") && bytes.subarray(4, 8).every((byte) => byte === 0))
    return readSafetensors(bytes, fileName);
  if (startsWith(bytes, 0, "PK\x03\x04")) return readTorchZip(bytes, fileName);
  if (startsWith(bytes, 0, "\x80")) return readTorchLegacy(bytes, fileName);
  if (startsWith(bytes, 0, "version https://git-lfs")) {
    const text = `${fileName}: a Git LFS pointer instead of the weights; fetch them with "git lfs pull"`;
    throw new BertieError("weights/unknown-format", text);
  }
  if (fileName.endsWith(".safetensors")) return readSafetensors(bytes, fileName); // which says what is wrong
  const text = `${fileName}: neither safetensors nor a PyTorch weight file; give model.safetensors or pytorch_model.bin`;
  throw new BertieError("weights/unknown-format", text);
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return (
    bytes.length >= at + text.length &&
    Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0))
  );
}
