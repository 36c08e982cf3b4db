import { BertieError } from "@bertie/common";

/** Messages of ONNX Runtime with CUDA, Dawn and TensorFlow for a device that is out of memory. */
const OUT_OF_MEMORY = /out of memory|OOM when allocating|failed to allocate|memory allocation .*failed/i;
/**
 * Messages for a lost device: a device that was unplugged, reset by its driver, or revoked after too long a run.
 */
const DEVICE_LOST = /device (is |was )?lost|DXGI_ERROR_DEVICE_|VK_ERROR_DEVICE_LOST|CUDA_ERROR_(LAUNCH|ILLEGAL|ECC)/i;

const REMEDY = "Lower the batch size or the sequence length, or use more gradient accumulation steps.";

/**
 * Converts an engine's error that the device caused to an error with a remedy.
 *
 * @returns BertieError "engine/out-of-memory" or "engine/device-lost"; `cause` itself for any other error
 */
export function classifyDeviceFault(cause: unknown): unknown {
  const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
  if (OUT_OF_MEMORY.test(line))
    return new BertieError("engine/out-of-memory", `the device is out of memory (${line}). ${REMEDY}`, { cause });
  if (DEVICE_LOST.test(line)) {
    const text = `the device was lost during a run (${line}). Check the log of its driver. ${REMEDY}`;
    return new BertieError("engine/device-lost", text, { cause });
  }
  return cause;
}

/** Calls a function and converts the errors that it throws with classifyDeviceFault(). */
export function withDeviceFaults<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw classifyDeviceFault(error);
  }
}
