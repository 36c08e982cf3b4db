/** Signal that aborts after a time without progress; see {@link createIdleLimit}. */
export interface IdleLimit {
  readonly signal: AbortSignal;
  /** Starts the time again, after progress. */
  restart(): void;
  /** Stops the time, for example while the program processes data. */
  stop(): void;
}

/**
 * Creates a signal that aborts with a `TimeoutError` if `restart()` is not called for some time.
 *
 * @param milliseconds time until the signal aborts
 * @example
 * ```ts
 * import { createIdleLimit } from "@bertie/common";
 *
 * const limit = createIdleLimit(10_000);
 * console.log(limit.signal.aborted); // false
 * limit.stop();
 * ```
 */
export function createIdleLimit(milliseconds: number): IdleLimit {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException("no response in time", "TimeoutError"));
  let timer = setTimeout(expire, milliseconds);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(expire, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}
