import { BertieError } from "@bertie/common";
import type { FloatType } from "../dtype.ts";
import type { Executor } from "../executor.ts";

/** The dtype of matrix multiplications for each precision. */
const TYPES = { fp32: "float32", bf16: "bfloat16", fp16: "float16" } as const satisfies Record<string, FloatType>;

/** The precision of matrix multiplications. */
export type PrecisionName = keyof typeof TYPES;

/** The precision of matrix multiplications in inference: "int8" multiplies by 8-bit weights, with ONNX Runtime on a CPU. */
export type InferencePrecision = PrecisionName | "int8";

/** The options of choosePrecision(). */
export interface PrecisionRequest {
  /** Requested precision. It is an error if the executor does not support it. */
  readonly precision?: PrecisionName | undefined;
  /** Whether to use fp16, or bf16 if the executor supports only that. Ignored if `precision` is set. */
  readonly fp16?: boolean | undefined;
}

/** The options of chooseInferencePrecision(). */
export interface InferencePrecisionRequest extends Omit<PrecisionRequest, "precision"> {
  /** Requested precision. It is an error if the executor does not support it. */
  readonly precision?: InferencePrecision | undefined;
}

/** The precision to compute in. */
export interface ChosenPrecision<Name extends InferencePrecision = PrecisionName> {
  /** Name of the precision. */
  readonly name: Name;
  /** The dtype of matrix multiplications; with int8, of multiplications without constant weights. */
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

/**
 * Returns the requested precision for inference (default: fp32), like {@link choosePrecision}, and also "int8".
 *
 * @throws BertieError "engine/precision" if the executor does not support the precision
 * @example
 * ```ts
 * import { chooseInferencePrecision, createExecutor } from "@bertie/engine";
 *
 * const executor = await createExecutor({ inference: "int8" });
 * console.log(executor.engine, chooseInferencePrecision({ precision: "int8" }, executor).name); // onnx int8
 * await executor.dispose();
 * ```
 */
export function chooseInferencePrecision(
  { precision, fp16 }: InferencePrecisionRequest,
  executor: Executor,
): ChosenPrecision<InferencePrecision> {
  if (precision !== "int8") return choosePrecision({ precision, fp16 }, executor);
  if (executor.compileFrozen !== undefined) return { name: "int8", type: "float32" };
  throw noInt8(executor);
}

/** Returns the error for an engine or device that does not support int8. */
export function noInt8({ engine, device }: { readonly engine: string; readonly device: string }): BertieError {
  const text = `int8 needs ONNX Runtime on a CPU, but the engine is ${engine} and the device is ${device}. Use --engine onnx --device cpu, or omit --precision int8.`;
  return new BertieError("engine/precision", text);
}

/**
 * Returns the error for a model that ONNX Runtime cannot load with constant weights, because an ONNX file is limited to 2 GiB.
 *
 * @example
 * ```ts
 * import { tooLargeForInt8 } from "@bertie/engine";
 *
 * console.log(tooLargeForInt8().code); // engine/precision
 * ```
 */
export function tooLargeForInt8(): BertieError {
  const text = "the model is too large for int8: its weights have more than 1.9 GB in fp32. Omit --precision int8.";
  return new BertieError("engine/precision", text);
}

/**
 * Returns the option `inference` of createExecutor() for a precision. Only fp32 and int8 have programs with constant weights.
 *
 * @example
 * ```ts
 * import { inferenceWith } from "@bertie/engine";
 *
 * console.log(inferenceWith({}), inferenceWith({ precision: "int8" }), inferenceWith({ precision: "bf16" })); // true int8 false
 * ```
 */
export function inferenceWith({ precision, fp16 = false }: InferencePrecisionRequest): boolean | "int8" {
  return precision === "int8" ? precision : precision === "fp32" || (precision === undefined && !fp16);
}
