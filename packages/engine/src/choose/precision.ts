import { BertieError } from "@bertie/common";
import type { FloatType } from "../dtype.ts";
import type { Executor } from "../executor.ts";

/** The dtypes of matrix multiplications by their usual names. */
const TYPES = { fp32: "float32", bf16: "bfloat16", fp16: "float16" } as const satisfies Record<string, FloatType>;

/** The precision of matrix multiplications. */
export type PrecisionName = keyof typeof TYPES;

/** The options of choosePrecision(). */
export interface PrecisionRequest {
  /** Precision, which the executor must support. */
  readonly precision?: PrecisionName | undefined;
  /** Whether to use fp16, or bf16 if the executor has no fp16. Ignored if `precision` is set. */
  readonly fp16?: boolean | undefined;
}

/** The precision to train in. */
export interface ChosenPrecision {
  readonly name: PrecisionName;
  readonly type: FloatType;
  /** Reason why it differs from the requested precision. */
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
 * Returns the requested precision, by default fp32.
 *
 * @throws BertieError "engine/precision" if the executor does not support it
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
  const text = `${executor.engine} on ${executor.device} does not support ${name}, only ${available.join(", ")}`;
  if (precision === undefined && available.includes("bf16"))
    return { name: "bf16", type: TYPES.bf16, note: `${text}: bf16 is used instead` };
  throw new BertieError("engine/precision", `${text}: choose another precision, engine or device`);
}
