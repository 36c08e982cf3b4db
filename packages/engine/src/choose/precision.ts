import { BertieError } from "@bertie/common";
import type { FloatType } from "../dtype.ts";
import type { Executor } from "../executor.ts";

/** The dtype of matrix multiplications for each precision. */
const TYPES = { fp32: "float32", bf16: "bfloat16", fp16: "float16" } as const satisfies Record<string, FloatType>;

/** The precision of matrix multiplications. */
export type PrecisionName = keyof typeof TYPES;

/** The options of choosePrecision(). */
export interface PrecisionRequest {
  /** Requested precision. It is an error if the executor does not support it. */
  readonly precision?: PrecisionName | undefined;
  /** Whether to use fp16, or bf16 if the executor supports only that. Ignored if `precision` is set. */
  readonly fp16?: boolean | undefined;
}

/** The precision to train in. */
export interface ChosenPrecision {
  /** Name of the precision. */
  readonly name: PrecisionName;
  /** The dtype of matrix multiplications. */
  readonly type: FloatType;
  /** Message for the user if the precision differs from the requested one. */
  readonly note?: string;
}

/**
 * Returns the precisions that an executor supports.
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, precisionsOf } from "@bertie/engine";
 *
 * console.log(precisionsOf(createReferenceExecutor())); // [ "fp32", "bf16", "fp16" ]
 * ```
 */
export function precisionsOf({ precisions }: Executor): PrecisionName[] {
  return (Object.keys(TYPES) as PrecisionName[]).filter((name) => precisions.includes(TYPES[name]));
}

/**
 * Returns the requested precision (default: fp32). If `fp16` is set and the executor supports bf16 instead of fp16,
 * returns bf16 with a note.
 *
 * @throws BertieError "engine/precision" if the executor supports neither the precision nor that alternative
 * @example
 * ```ts
 * import { choosePrecision, createReferenceExecutor } from "@bertie/engine";
 *
 * console.log(choosePrecision({ precision: "bf16" }, createReferenceExecutor())); // { name: "bf16", type: "bfloat16" }
 * ```
 */
export function choosePrecision({ precision, fp16 = false }: PrecisionRequest, executor: Executor): ChosenPrecision {
  const name = precision ?? (fp16 ? "fp16" : "fp32");
  const available = precisionsOf(executor);
  if (available.includes(name)) return { name, type: TYPES[name] };
  const text = `${executor.engine} on ${executor.device} does not support ${name} (supported: ${available.join(", ")})`;
  if (precision === undefined && available.includes("bf16"))
    return { name: "bf16", type: TYPES.bf16, note: `${text}, so bf16 is used instead.` };
  throw new BertieError("engine/precision", `${text}. Choose another precision, engine or device.`);
}
