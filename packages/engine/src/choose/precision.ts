import { BertieError } from "@bertie/common";
import type { FloatType } from "../dtype.ts";
import type { Executor } from "../executor.ts";

/** The dtypes of matrix multiplications by their usual names. */
const TYPES = { fp32: "float32", bf16: "bfloat16", fp16: "float16" } as const satisfies Record<string, FloatType>;

/** The precision of matrix multiplications. */
export type PrecisionName = keyof typeof TYPES;

/** The options of choosePrecision(). */
export interface PrecisionRequest {
  /** A precision that the executor must have. */
  readonly precision?: PrecisionName | undefined;
  /** Without `precision`: fp16, or bf16 if the executor has no fp16. */
  readonly fp16?: boolean | undefined;
}

/** The precision to train in. */
export interface ChosenPrecision {
  readonly name: PrecisionName;
  readonly type: FloatType;
  /** The reason why it is not the requested one. */
  readonly note?: string;
}

/** Returns the precisions that an executor has. */
export function precisionsOf({ precisions }: Executor): PrecisionName[] {
  return (Object.keys(TYPES) as PrecisionName[]).filter((name) => precisions.includes(TYPES[name]));
}

/**
 * Returns the requested precision, by default fp32.
 *
 * @throws BertieError "engine/precision" if the executor does not have it
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
