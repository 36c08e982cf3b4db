import process from "node:process";

/** Exit codes by cause: 130 for both signals, 141 (128 + SIGPIPE) if the reader of stdout has closed the pipe. */
const EXIT_CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 130 };

type Cause = keyof typeof EXIT_CODES;

/** Thrown by a task that was interrupted, after the task has removed its partial output or saved a checkpoint. */
export class Interrupted extends Error {
  readonly reason: Cause;
  readonly exitCode: number;

  constructor(reason: Cause, detail = "nothing was saved") {
    super(`interrupted: ${detail}`);
    this.reason = reason;
    this.exitCode = EXIT_CODES[reason];
  }
}

/** How a task learns that it has been interrupted. */
export interface Interruption {
  /** Throws {@link Interrupted} after an interruption. To be called regularly. */
  readonly check: () => Promise<void>;
  /** Signal for long waits, whose reason is the same error. */
  readonly signal: AbortSignal;
}

/**
 * Runs a task that can be interrupted by Ctrl-C, by SIGTERM, or by the reader of stdout, which may close the pipe. A second
 * signal ends the process immediately.
 *
 * @param task receives two arguments: a function to call regularly, which throws {@link Interrupted} after an interruption,
 * and an abort signal for long waits, whose reason is the same error
 */
export async function interruptible<T>(
  task: (check: () => Promise<void>, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let interrupted: Interrupted | undefined;
  const interrupt = (cause: Cause) => {
    if (interrupted) return;
    interrupted = new Interrupted(cause);
    controller.abort(interrupted);
  };
  const onSignal = (signal: "SIGINT" | "SIGTERM") => {
    if (interrupted) endBySignal(signal);
    interrupt(signal);
  };
  const onClosedPipe = () => interrupt("SIGPIPE");
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", onClosedPipe);
  try {
    return await task(async () => {
      await yieldToSignals();
      if (interrupted) throw interrupted;
    }, controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.stdout.off("error", onClosedPipe);
  }
}

/** Time that file operations have to end after an interruption, in milliseconds. */
const GRACE_MS = 3000;

/**
 * Waits for work that cannot be aborted, such as reading the inputs of a run. If a file operation has still not returned
 * some seconds after an interruption, as for a named pipe without a writer, the process is ended.
 *
 * @param signal signal that {@link interruptible} passes to its task
 */
export async function endIfStuck<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => {
      const { message, reason } = signal.reason as Interrupted;
      process.stderr.write(`bertie: ${message}\n`);
      endBySignal(reason === "SIGPIPE" ? "SIGTERM" : reason);
    }, GRACE_MS);
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Ends this process by a signal. In contrast, `process.exit()` waits for file operations, which may never return. */
function endBySignal(signal: "SIGINT" | "SIGTERM"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Yields to the event loop, so that signal handlers can run. Synchronous engines never yield. */
export async function yieldToSignals(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
