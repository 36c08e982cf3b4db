import { BertieError } from "@bertie/common";
import { sizeOf } from "@bertie/engine";
import { quote } from "../../quote.ts";
import type { NamedTensors, WeightDType } from "../tensor.ts";
import { STORAGES } from "./torch-objects.ts";

const STORAGE_NAMES = new Map(Object.entries(STORAGES).map(([name, dtype]) => [dtype, name]));

/** Larger numbers take another instruction, and only a tensor of bytes could need one in a file below 4 GiB. */
const LARGEST_INTEGER = 0x7fffffff;

/**
 * A state dict pickled as torch.save does, instruction by instruction: a dict of tensors, the n-th of which is the
 * whole of storage n.
 *
 * @throws BertieError weights/unknown-dtype where torch's format has no such type, weights/too-large
 */
export function pickleStateDict(tensors: NamedTensors): Uint8Array {
  const out: number[] = [];
  const memo = new Map<string, number>();
  let memoized = 0;
  const emit = (...bytes: number[]) => void out.push(...bytes);
  const uint = (value: number, size: number) => {
    for (let i = 0; i < size; i++) out.push((value >>> (8 * i)) & 0xff);
  };
  /** An instruction on the memo, of one byte's place or of four. */
  const memoInstruction = (short: number, long: number, place: number) => {
    const isShort = place < 0x100;
    emit(isShort ? short : long);
    uint(place, isShort ? 1 : 4);
  };
  /** torch memoizes everything it makes, whether or not it recurs. */
  const put = () => memoInstruction(0x71, 0x72, memoized++);
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    emit(0x58);
    uint(bytes.length, 4);
    for (const byte of bytes) out.push(byte);
    put();
  };
  const once = (key: string, write: () => void) => {
    const known = memo.get(key);
    if (known !== undefined) return memoInstruction(0x68, 0x6a, known);
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
    if (value > LARGEST_INTEGER) {
      const text = `a size of ${value} does not fit into a pytorch_model.bin; write safetensors`;
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
    emit(0x89); // asks for no gradient
    global("collections.OrderedDict"); // of hooks, none
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
  const text = `tensor ${quote(name)} is ${dtype}, which pytorch_model.bin cannot hold; write safetensors`;
  throw new BertieError("weights/unknown-dtype", text);
}

/** As torch counts them: an axis of no elements counts as one. */
function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(stride);
    stride *= Math.max(size, 1);
  }
  return strides;
}
