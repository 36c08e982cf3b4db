import { BertieError, type ErrorCode } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import { quote } from "../../quote.ts";
import { ITEM_SIZE, type WeightTensor, weightTensor } from "../tensor.ts";
import type { TorchTensor } from "./torch-objects.ts";

/**
 * A tensor whose strides repeat elements is larger than its storage, so a small file could ask for any amount of
 * memory. No weights do that, and 2¹⁶ elements (256 KiB of float32) leave room for a buffer or two.
 */
const LARGEST_REPEATED = 2 ** 16;

/**
 * A torch tensor, once its storage is at hand. Where it lies in the storage in row-major order it is a view of it;
 * otherwise its elements are gathered when they are asked for.
 *
 * @param data the storage's bytes
 * @throws BertieError weights/storage, weights/strides
 */
export function stridedTensor(name: string, tensor: TorchTensor, data: Uint8Array, fileName: string): WeightTensor {
  const { storage, offset, shape, stride } = tensor;
  const fault = (code: ErrorCode, what: string) =>
    new BertieError(code, `${fileName}: tensor ${quote(name)} ${what}; get the file anew`);
  const itemSize = ITEM_SIZE[storage.dtype];
  if (data.length !== storage.length * itemSize) {
    throw fault(
      "weights/storage",
      `needs ${storage.length} elements of ${storage.dtype}, but its storage has ${data.length} bytes`,
    );
  }
  const count = sizeOf(shape);
  if (count === 0) return weightTensor(storage.dtype, shape, () => data.subarray(0, 0));
  const last = shape.reduce((index, size, axis) => index + (size - 1) * stride[axis]!, offset);
  if (!(last < storage.length)) {
    throw fault(
      "weights/strides",
      `of shape [${shape}] and strides [${stride}] reaches element ${last} of a storage of ${storage.length}`,
    );
  }
  if (!(count <= Math.max(storage.length, LARGEST_REPEATED))) {
    throw fault(
      "weights/strides",
      `of shape [${shape}] repeats the ${storage.length} elements of its storage too often`,
    );
  }
  if (isContiguous(shape, stride)) {
    const view = data.subarray(offset * itemSize, (offset + count) * itemSize);
    return weightTensor(storage.dtype, shape, () => view);
  }
  return weightTensor(storage.dtype, shape, () => gather(data, tensor, count));
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a tensor's elements into row-major order, byte by byte: it is rare, and bytes need no alignment. */
function gather(data: Uint8Array, { storage, offset, shape, stride }: TorchTensor, count: number): Uint8Array {
  const itemSize = ITEM_SIZE[storage.dtype];
  const result = new Uint8Array(count * itemSize);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset * itemSize;
  for (let to = 0; to < result.length; to += itemSize) {
    for (let byte = 0; byte < itemSize; byte++) result[to + byte] = data[from + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = stride[axis]! * itemSize;
      index[axis]! += 1;
      from += step;
      if (index[axis]! < shape[axis]!) break;
      from -= step * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
