import type { DType } from "../../dtype.ts";

/** Element types with their numbers in tensorflow/core/framework/types.proto. */
export const elementTypes = {
  float32: 1,
  int32: 3,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  uint32: 22,
} as const satisfies Record<TfType, number>;

/** Element types of TensorFlow nodes: the dtypes of programs, and uint32 for dropout masks. */
export type TfType = DType | "uint32";
