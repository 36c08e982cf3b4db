import { BertieError } from "@bertie/common";
import type { Thread } from "./worker-pool.ts";

// Takes the place of threads.ts in the entry points for edge functions, which have no workers, and whose bundlers reject the
// code that starts them.

/** Throws an error: there are no workers. */
export async function startLineThreads(count: number): Promise<Thread[]> {
  throw new BertieError("options/workers", `workers is ${count}, but there are no workers here. Set workers to 0.`);
}

/** Returns the error for a failure of a worker. */
export function workerFailed(cause: unknown): BertieError {
  return new BertieError("tokenizer/worker", "a worker of the stream failed. Set workers to 0.", { cause });
}
