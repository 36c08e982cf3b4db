/**
 * Creates a queue that runs asynchronous jobs one at a time, in the order in which they are added.
 *
 * @returns a function that adds a job to the queue, and resolves to the result of the job
 */
export function createSerialQueue(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const done = last.then(job, job);
    last = done.catch(() => {});
    return done;
  };
}
