import type { InferencePrecision } from "@bertie/engine";

/** Duration of a run in seconds from which another precision is worth a hint. */
const LONG_RUN_SECONDS = 30;

/** A run of `bertie predict` that is complete. */
export interface FinishedPrediction {
  /** Whether the user chose a precision. */
  readonly isChosen: boolean;
  readonly precision: InferencePrecision;
  readonly engine: string;
  readonly device: string;
  readonly seconds: number;
}

/**
 * Returns a hint that 8 bits are faster; undefined if the run was short, the user chose a precision, or int8 is not supported. int8
 * is not selected by itself, because it changes scores.
 */
export function precisionHint({
  isChosen,
  precision,
  engine,
  device,
  seconds,
}: FinishedPrediction): string | undefined {
  const hasInt8 = (engine === "onnx" || engine === "onnx-web") && device === "cpu";
  if (isChosen || precision !== "fp32" || !hasInt8 || seconds < LONG_RUN_SECONDS) return undefined;
  return "hint: --precision int8 takes less than half of the time on most CPUs, and changes scores slightly. To measure both: bertie bench inference TABLE --model DIR";
}
