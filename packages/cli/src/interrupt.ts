import process from "node:process";

/** Why a task may have to stop, with the exit code that says so: 130, but where nobody reads, 128 and SIGPIPE's number. */
const EXIT_CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 130 };

type Cause = keyof typeof EXIT_CODES;

/** A task was told to stop; it has cleaned up behind it, or saved what it had. */
export class Interrupted extends Error {
  readonly reason: Cause;
  readonly exitCode: number;

  constructor(reason: Cause, what = "nothing was saved") {
    super(`interrupted: ${what}`);
    this.reason = reason;
    this.exitCode = EXIT_CODES[reason];
  }
}

/**
 * Runs a task that can be stopped from outside: by Ctrl-C, by SIGTERM, or because nobody reads stdout any more. A second
 * signal ends the process at once.
 *
 * @param task given a function that throws {@link Interrupted} once the task is to stop, to be called now and then, and
 * a signal for what waits long, which is then aborted with that error as its reason
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
    if (interrupted) process.exit(EXIT_CODES[signal]);
    interrupt(signal);
  };
  const onClosedPipe = () => interrupt("SIGPIPE");
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", onClosedPipe);
  try {
    return await task(async () => {
      await hearSignals();
      if (interrupted) throw interrupted;
    }, controller.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.stdout.off("error", onClosedPipe);
  }
}

/** Engines that never wait would otherwise keep signals from being heard. */
export async function hearSignals(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
