import { BertieError } from "@bertie/common";

const LOWER = "lower the batch size or the sequence length, or take more and smaller batches to an update";

/** What engines say of a device's memory that is full: ONNX Runtime with CUDA, Dawn, and TensorFlow. */
const FULL = /out of memory|OOM when allocating|failed to allocate|memory allocation .*failed/i;
/** What they say of a device that is gone: unplugged, reset by its driver, or taken away after a run that was too long. */
const LOST = /device (is |was )?lost|DXGI_ERROR_DEVICE_|VK_ERROR_DEVICE_LOST|CUDA_ERROR_(LAUNCH|ILLEGAL|ECC)/i;

/**
 * The fault of a device that a run ended with, in words that say what to do; what was thrown, if it is none.
 *
 * @returns BertieError "engine/out-of-memory" or "engine/device-lost", or `cause` itself
 */
export function deviceFault(cause: unknown): unknown {
  const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
  if (FULL.test(line))
    return new BertieError("engine/out-of-memory", `the device's memory is full (${line}): ${LOWER}`, { cause });
  if (LOST.test(line)) {
    const text = `the device was lost while it computed (${line}): ${LOWER}, or see what its driver's log says`;
    return new BertieError("engine/device-lost", text, { cause });
  }
  return cause;
}

/** Does the work; what it throws for a device that is full or lost says so: see deviceFault. */
export function namingDeviceFaults<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw deviceFault(error);
  }
}
