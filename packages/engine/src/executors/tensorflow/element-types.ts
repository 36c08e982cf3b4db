import type { DType } from "../../dtype.ts";

/** TensorFlow's numbers of the element types (tensorflow/core/framework/types.proto). */
export const elementTypes = {
  float32: 1,
  int32: 3,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  uint32: 22,
} as const satisfies Record<TfType, number>;

/** The types of a program, and one in which masks are made. */
export type TfType = DType | "uint32";
