import { BertieError, type ErrorCode, quote } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import { ITEM_SIZE, type WeightTensor, weightTensor } from "../tensor.ts";
import type { TorchTensor } from "./torch-objects.ts";

/**
 * Maximum number of elements of a tensor that repeats elements of its storage by strides of 0 or overlapping strides.
 *
 * Without a limit, a small file could require any amount of memory. Weights do not repeat elements, and 2¹⁶ elements
 * (256 KiB of float32) are enough for small buffers.
 */
const MAX_REPEATED_ELEMENTS = 2 ** 16;

/**
 * Creates a tensor from the bytes of its storage.
 *
 * If the elements are contiguous and row-major, the tensor is a view of the storage. Otherwise the elements are copied
 * when the tensor's bytes are requested.
 *
 * @param name name used in error messages
 * @param tensor shape, strides and offset in the storage
 * @param data bytes of the storage
 * @throws BertieError "weights/storage" if the storage has the wrong size, "weights/strides" if the tensor exceeds the
 *   storage
 */
export function stridedTensor(name: string, tensor: TorchTensor, data: Uint8Array, fileName: string): WeightTensor {
  const { storage, offset, shape, stride } = tensor;
  const invalid = (code: ErrorCode, problem: string) =>
    new BertieError(code, `${fileName}: tensor ${quote(name)} ${problem}. Download the file again.`);
  const itemSize = ITEM_SIZE[storage.dtype];
  if (data.length !== storage.length * itemSize) {
    throw invalid(
      "weights/storage",
      `needs ${storage.length} elements of ${storage.dtype}, but its storage has ${data.length} bytes`,
    );
  }
  const count = sizeOf(shape);
  if (count === 0) return weightTensor(storage.dtype, shape, () => data.subarray(0, 0));
  const last = shape.reduce((index, size, axis) => index + (size - 1) * stride[axis]!, offset);
  if (!(last < storage.length)) {
    throw invalid(
      "weights/strides",
      `of shape [${shape}] and strides [${stride}] uses element ${last} of a storage of ${storage.length} elements`,
    );
  }
  if (!(count <= Math.max(storage.length, MAX_REPEATED_ELEMENTS))) {
    throw invalid(
      "weights/strides",
      `of shape [${shape}] repeats the ${storage.length} elements of its storage too many times`,
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

/**
 * Copies a tensor's elements into row-major order, byte by byte, so that no alignment is required. Such tensors are rare,
 * so speed does not matter.
 */
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
