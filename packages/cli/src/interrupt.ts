import process from "node:process";

/** The run was told to stop; it has cleaned up behind it. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted: nothing was saved");
    this.exitCode = exitCode;
  }
}

/**
 * Runs a task that can be stopped from outside: by Ctrl-C, by SIGTERM, or because nobody reads stdout any more. Who
 * insists, by a second signal, ends the process at once.
 *
 * @param task given a function that throws {@link Interrupted} once the task is to stop, to be called now and then
 */
export async function interruptible<T>(task: (check: () => Promise<void>) => Promise<T>): Promise<T> {
  let interrupted: Interrupted | undefined;
  const stop = (exitCode: number) => () => {
    if (interrupted) process.exit(exitCode);
    interrupted = new Interrupted(exitCode);
  };
  const onInterrupt = stop(130);
  const onTerminate = stop(143);
  const onClosedPipe = () => {
    interrupted ??= new Interrupted(141);
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  process.stdout.on("error", onClosedPipe);
  try {
    return await task(async () => {
      // Engines that never wait would otherwise keep signals from being heard.
      await new Promise((resolve) => setImmediate(resolve));
      if (interrupted) throw interrupted;
    });
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
    process.stdout.off("error", onClosedPipe);
  }
}
