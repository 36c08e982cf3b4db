import { BertieError, concatenate, crc32 } from "@bertie/common";
import { byteLength, type NamedTensors } from "../tensor.ts";
import { pickleStateDict } from "./write-pickle.ts";

/** torch aligns storages so, that they can be mapped into memory. */
const ALIGNMENT = 64;

/** Beyond 4 GiB or 65,535 entries a zip archive needs the zip64 format; these leave room for all but the tensors. */
const LARGEST_TOTAL = 4e9;
const MOST_TENSORS = 60_000;

/**
 * A pytorch_model.bin in the format of torch 1.6 and later, piece by piece, to be written one after another: a zip
 * archive, without compression, of a pickle and the storages.
 *
 * @throws BertieError weights/unknown-dtype, weights/too-large
 */
export function* pytorchChunks(tensors: NamedTensors): Generator<Uint8Array> {
  const total = Array.from(tensors.values(), byteLength).reduce((sum, size) => sum + size, 0);
  if (total > LARGEST_TOTAL || tensors.size > MOST_TENSORS) {
    const text = `more than 4 GB or ${MOST_TENSORS} tensors do not fit into a pytorch_model.bin; write safetensors`;
    throw new BertieError("weights/too-large", text);
  }
  const text = new TextEncoder();
  const directory: Uint8Array[] = [];
  let offset = 0;
  function* entry(name: string, content: Uint8Array): Generator<Uint8Array> {
    const place = offset;
    const path = text.encode(`archive/${name}`);
    const unpadded = place + 30 + path.length + 4;
    const padding = (ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT;
    offset = unpadded + padding + content.length;
    // Method, time, date, checksum, both sizes, length of the name: the same in the entry and in the directory.
    const facts = fields(
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, path.length],
    );
    const extra = concatenate([text.encode("FB"), fields([2, padding]), new Uint8Array(padding).fill(0x5a)]);
    yield concatenate([fields([4, 0x04034b50], [2, 10], [2, 0]), facts, fields([2, extra.length]), path, extra]);
    yield content;
    const tail = fields([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, place]);
    directory.push(concatenate([fields([4, 0x02014b50], [2, 10], [2, 10], [2, 0]), facts, tail, path]));
  }

  yield* entry("data.pkl", pickleStateDict(tensors));
  yield* entry("byteorder", text.encode("little"));
  let key = 0;
  for (const tensor of tensors.values()) yield* entry(`data/${key++}`, tensor.toBytes());
  yield* entry("version", text.encode("3\n"));

  const listing = concatenate(directory);
  yield listing;
  const count = directory.length;
  yield fields([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, listing.length], [4, offset], [2, 0]);
}

/** A pytorch_model.bin with the tensors, whole; see {@link pytorchChunks}. */
export function writePytorch(tensors: NamedTensors): Uint8Array {
  return concatenate(pytorchChunks(tensors));
}

/** Little-endian numbers, each with its size in bytes. */
function fields(...numbers: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  return Uint8Array.from(
    numbers.flatMap(([size, value]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff)),
  );
}
