/**
 * Runs tasks in order, at most `parallel` at the same time. After an abort, no further task is started.
 *
 * @returns the results in the order of the tasks, without tasks that were not started
 */
export async function inParallel<T, R>(
  tasks: readonly T[],
  parallel: number,
  signal: AbortSignal,
  run: (task: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  let next = 0;
  async function work(): Promise<void> {
    while (next < tasks.length && !signal.aborted) {
      const index = next++;
      results.set(index, await run(tasks[index]!));
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, work));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
