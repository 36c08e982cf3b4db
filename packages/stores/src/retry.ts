import { isTransient } from "./failures.ts";
import type { StoreSettings } from "./store-options.ts";

/** Time before the second attempt, which doubles with every further attempt. */
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 20_000;

/**
 * Repeats an attempt while its errors may disappear, with increasing delays. Attempts that make progress are not counted.
 *
 * @param attempt receives a function to call after progress
 * @throws the error of the last attempt, or the reason of the signal
 */
export async function withRetries<T>(
  { attempts }: Pick<StoreSettings, "attempts">,
  signal: AbortSignal | undefined,
  attempt: (onProgress: () => void) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; ) {
    let hasProgress = false;
    try {
      return await attempt(() => {
        hasProgress = true;
      });
    } catch (error) {
      signal?.throwIfAborted();
      failures = hasProgress ? 1 : failures + 1;
      if (!isTransient(error) || failures >= attempts) throw error;
      await delay(delayMs(failures), signal);
    }
  }
}

/** Returns the delay after a number of failures. It is random, so that the tasks of a cluster do not repeat together. */
function delayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS) * (0.5 + Math.random() / 2);
}

async function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
  signal?.throwIfAborted();
}
