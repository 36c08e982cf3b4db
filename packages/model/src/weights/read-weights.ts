import { BertieError } from "@bertie/common";
import { readTorchLegacy } from "./pytorch/read-legacy.ts";
import { readTorchZip } from "./pytorch/read-zip.ts";
import { readSafetensors } from "./safetensors.ts";
import type { NamedTensors } from "./tensor.ts";

/**
 * Reads the named tensors of a weight file: safetensors, or a pytorch_model.bin written by torch.save (the zip format
 * of PyTorch 1.6 and later, or the older pickle format).
 *
 * The format is detected from the contents. The pickle reader accepts only allow-listed names and does not run code.
 * Tensors are views of `bytes` if possible.
 *
 * @param bytes contents of the file
 * @param fileName file name used in error messages
 * @throws BertieError "weights/unknown-format" if the format is not recognized, other "weights/…" codes if the file is
 *   damaged
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readWeights } from "@bertie/model";
 *
 * const tensors = readWeights(await readFile("packages/model/fixtures/tiny-bert/init_half.bin"), "init_half.bin");
 * const { dtype, shape } = tensors.get("classifier.weight")!;
 * console.log(dtype, shape); // float16 [3, 32]
 * ```
 */
export function readWeights(bytes: Uint8Array, fileName: string): NamedTensors {
  if (startsWith(bytes, 8, "{") && bytes.subarray(4, 8).every((byte) => byte === 0))
    return readSafetensors(bytes, fileName);
  if (startsWith(bytes, 0, "PK\x03\x04")) return readTorchZip(bytes, fileName);
  if (startsWith(bytes, 0, "\x80")) return readTorchLegacy(bytes, fileName);
  if (startsWith(bytes, 0, "version https://git-lfs")) {
    const text = `${fileName}: expected weights, found a Git LFS pointer. Download the weights with "git lfs pull".`;
    throw new BertieError("weights/unknown-format", text);
  }
  if (startsWith(bytes, 0, "\x89HDF")) {
    const text = `${fileName}: expected safetensors or a PyTorch weight file, found HDF5, which Keras writes. Convert the model in Python: ${conversion("DIR", "from_tf")}`;
    throw new BertieError("weights/unknown-format", text);
  }
  if (fileName.endsWith(".safetensors")) return readSafetensors(bytes, fileName); // throws a specific error
  const text = `${fileName}: expected safetensors or a PyTorch weight file, found another format. Use a model.safetensors or pytorch_model.bin file.`;
  throw new BertieError("weights/unknown-format", text);
}

/**
 * Returns a command that converts a model directory to a format that Bertie reads.
 *
 * @param option format of the directory, as an option of transformers
 */
export function conversion(directory: string, option: "from_tf" | "from_flax", isClassifier = false): string {
  const model = isClassifier ? "AutoModelForSequenceClassification" : "AutoModel";
  return `python -c "from transformers import ${model}; ${model}.from_pretrained('${directory}', ${option}=True).save_pretrained('${directory}')"`;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return (
    bytes.length >= at + text.length &&
    Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0))
  );
}
