import { BertieError } from "@bertie/common";
import type { Executor, FloatType } from "@bertie/engine";

/** The types that matrix products are computed in, as options call them. */
const TYPES = { fp32: "float32", bf16: "bfloat16", fp16: "float16" } as const satisfies Record<string, FloatType>;
export type PrecisionName = keyof typeof TYPES;

export interface PrecisionRequest {
  readonly precision: PrecisionName | undefined;
  /** Asks for fp16, but is content with bf16. */
  readonly fp16?: boolean;
}

export interface ChosenPrecision {
  readonly name: PrecisionName;
  readonly type: FloatType;
  /** Why it is not what was asked for. */
  readonly note?: string;
}

/** The precisions that an executor has. */
export function precisionsOf({ precisions }: Executor): PrecisionName[] {
  return (Object.keys(TYPES) as PrecisionName[]).filter((name) => precisions.includes(TYPES[name]));
}

/**
 * The precision that was asked for, if the executor has it.
 *
 * @throws BertieError "engine/precision"
 */
export function choosePrecision({ precision, fp16 = false }: PrecisionRequest, executor: Executor): ChosenPrecision {
  const name = precision ?? (fp16 ? "fp16" : "fp32");
  const available = precisionsOf(executor);
  if (available.includes(name)) return { name, type: TYPES[name] };
  const there = `${executor.engine} on ${executor.device} has ${available.join(" and ")} only`;
  if (precision === undefined && available.includes("bf16"))
    return { name: "bf16", type: TYPES.bf16, note: `--fp16: ${there}, so the run is in bf16` };
  const option = precision === undefined ? "--fp16" : `--precision ${precision}`;
  throw new BertieError(
    "engine/precision",
    `${option}: ${there}; leave it out, or choose another --engine or --device`,
  );
}
