import { BertieError, concatenate, crc32 } from "@bertie/common";
import { byteLength, type NamedTensors } from "../tensor.ts";
import { pickleStateDict } from "./write-pickle.ts";

/** Alignment of storages in bytes, as in PyTorch, so that they can be memory-mapped. */
const ALIGNMENT = 64;

// A zip archive with more than 4 GiB or 65,535 entries needs the zip64 format. The limits leave a margin for other
// entries.
const MAX_TOTAL_BYTES = 4e9;
const MAX_TENSORS = 60_000;

/**
 * Yields the chunks of a pytorch_model.bin in the format of PyTorch 1.6 and later: an uncompressed zip archive of a
 * pickle and the storages.
 *
 * @param tensors tensors by name
 * @throws BertieError "weights/unknown-dtype" if PyTorch has no storage for a dtype, "weights/too-large" if the tensors
 *   have more than 4 GB or there are more than 60,000 of them
 *
 * @example
 * ```ts
 * import { pytorchChunks, tensorFromFloat32 } from "@bertie/model";
 *
 * const tensors = new Map([["bias", tensorFromFloat32([2], Float32Array.of(1, 2))]]);
 * let size = 0;
 * for (const chunk of pytorchChunks(tensors)) size += chunk.length; // Write each chunk to a file.
 * console.log(size); // 718
 * ```
 */
export function* pytorchChunks(tensors: NamedTensors): Generator<Uint8Array> {
  const total = Array.from(tensors.values(), byteLength).reduce((sum, size) => sum + size, 0);
  if (total > MAX_TOTAL_BYTES || tensors.size > MAX_TENSORS) {
    const text = `a pytorch_model.bin file cannot contain more than 4 GB or ${MAX_TENSORS} tensors. Write a safetensors file instead.`;
    throw new BertieError("weights/too-large", text);
  }
  const encoder = new TextEncoder();
  const directory: Uint8Array[] = [];
  let offset = 0;
  function* entry(name: string, content: Uint8Array): Generator<Uint8Array> {
    const start = offset;
    const path = encoder.encode(`archive/${name}`);
    const unpadded = start + 30 + path.length + 4;
    const padding = (ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT;
    offset = unpadded + padding + content.length;
    // Method, time, date, checksum, both sizes and length of the name, which are the same in the entry and the
    // directory.
    const shared = fields(
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, path.length],
    );
    const extra = concatenate([encoder.encode("FB"), fields([2, padding]), new Uint8Array(padding).fill(0x5a)]);
    yield concatenate([fields([4, 0x04034b50], [2, 10], [2, 0]), shared, fields([2, extra.length]), path, extra]);
    yield content;
    const tail = fields([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, start]);
    directory.push(concatenate([fields([4, 0x02014b50], [2, 10], [2, 10], [2, 0]), shared, tail, path]));
  }

  yield* entry("data.pkl", pickleStateDict(tensors));
  yield* entry("byteorder", encoder.encode("little"));
  let key = 0;
  for (const tensor of tensors.values()) yield* entry(`data/${key++}`, tensor.toBytes());
  yield* entry("version", encoder.encode("3\n"));

  const listing = concatenate(directory);
  yield listing;
  const count = directory.length;
  yield fields([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, listing.length], [4, offset], [2, 0]);
}

/**
 * Returns the bytes of a pytorch_model.bin. See {@link pytorchChunks}.
 *
 * @param tensors tensors by name
 * @throws BertieError "weights/unknown-dtype" or "weights/too-large", like {@link pytorchChunks}
 *
 * @example
 * ```ts
 * import { readWeights, tensorFromFloat32, writePytorch } from "@bertie/model";
 *
 * const bytes = writePytorch(new Map([["bias", tensorFromFloat32([2], Float32Array.of(1, 2))]]));
 * console.log(readWeights(bytes, "pytorch_model.bin").get("bias")!.toFloat32()); // Float32Array [1, 2]
 * ```
 */
export function writePytorch(tensors: NamedTensors): Uint8Array {
  return concatenate(pytorchChunks(tensors));
}

/** Encodes numbers as little-endian unsigned integers of the given sizes in bytes. */
function fields(...numbers: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  return Uint8Array.from(
    numbers.flatMap(([size, value]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff)),
  );
}
