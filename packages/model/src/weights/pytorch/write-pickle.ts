import { BertieError, quote } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import type { NamedTensors, WeightDType } from "../tensor.ts";
import { STORAGES } from "./torch-objects.ts";

const STORAGE_NAMES = new Map(Object.entries(STORAGES).map(([name, dtype]) => [dtype, name]));

/**
 * Maximum integer of the instruction BININT. In a file below 4 GiB, only a tensor of 1-byte elements could have a larger
 * size.
 */
const MAX_INTEGER = 0x7fffffff;

/**
 * Returns the pickle of a state dict with the same instructions as torch.save: a dict of tensors, in which the n-th
 * tensor uses the complete storage n.
 *
 * @throws BertieError "weights/unknown-dtype" if PyTorch has no storage for a dtype, "weights/too-large" if a size is
 *   too large
 */
export function pickleStateDict(tensors: NamedTensors): Uint8Array {
  const out: number[] = [];
  const memo = new Map<string, number>();
  let memoized = 0;
  const emit = (...bytes: number[]) => void out.push(...bytes);
  const uint = (value: number, size: number) => {
    for (let i = 0; i < size; i++) out.push((value >>> (8 * i)) & 0xff);
  };
  /** Writes a memo instruction with an index of one byte or four bytes. */
  const memoInstruction = (short: number, long: number, index: number) => {
    const isShort = index < 0x100;
    emit(isShort ? short : long);
    uint(index, isShort ? 1 : 4);
  };
  /** Stores the top of the stack in the memo. torch.save memoizes every object, even if it is not used again. */
  const put = () => memoInstruction(0x71, 0x72, memoized++);
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    emit(0x58);
    uint(bytes.length, 4);
    for (const byte of bytes) out.push(byte);
    put();
  };
  /** Writes an object the first time, and gets it from the memo afterwards. */
  const once = (key: string, write: () => void) => {
    const index = memo.get(key);
    if (index !== undefined) return memoInstruction(0x68, 0x6a, index);
    memo.set(key, memoized);
    write();
  };
  const global = (path: string) =>
    once(path, () => {
      const dot = path.lastIndexOf(".");
      emit(0x63, ...new TextEncoder().encode(`${path.slice(0, dot)}\n${path.slice(dot + 1)}\n`));
      put();
    });
  const integer = (value: number) => {
    if (value > MAX_INTEGER) {
      const text = `a pytorch_model.bin file cannot contain a size of ${value}. Write a safetensors file instead.`;
      throw new BertieError("weights/too-large", text);
    }
    const size = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
    emit(size === 1 ? 0x4b : size === 2 ? 0x4d : 0x4a);
    uint(value, size);
  };
  const integers = (values: readonly number[]) => {
    if (values.length === 0) return emit(0x29);
    if (values.length > 3) emit(0x28);
    for (const value of values) integer(value);
    emit(values.length > 3 ? 0x74 : 0x84 + values.length);
    put();
  };

  emit(0x80, 2, 0x7d);
  put();
  emit(0x28);
  let key = 0;
  for (const [name, { dtype, shape }] of tensors) {
    text(name);
    global("torch._utils._rebuild_tensor_v2");
    emit(0x28, 0x28);
    once("storage", () => text("storage"));
    global(storageName(name, dtype));
    text(`${key++}`);
    once("cpu", () => text("cpu"));
    integer(sizeOf(shape));
    emit(0x74);
    put();
    emit(0x51);
    integer(0); // offset
    integers(shape);
    integers(rowMajorStrides(shape));
    emit(0x89); // requires_grad is False
    global("collections.OrderedDict"); // backward hooks, an empty dict
    emit(0x29, 0x52);
    put();
    emit(0x74);
    put();
    emit(0x52);
    put();
  }
  emit(0x75, 0x2e);
  return Uint8Array.from(out);
}

function storageName(name: string, dtype: WeightDType): string {
  const storage = STORAGE_NAMES.get(dtype);
  if (storage !== undefined) return storage;
  const text = `tensor ${quote(name)} is ${dtype}, which a pytorch_model.bin file cannot contain. Write a safetensors file instead.`;
  throw new BertieError("weights/unknown-dtype", text);
}

/** Returns row-major strides as PyTorch computes them: an axis of size 0 counts as 1. */
function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(stride);
    stride *= Math.max(size, 1);
  }
  return strides;
}
