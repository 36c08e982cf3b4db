import { evaluate } from "@bertie/optim";
import type { DataSet } from "../data/data-set.ts";
import { prepareSet } from "./classify-sets.ts";
import type { RunEvent } from "./events.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** Measures the accuracy on a few rows during training. */
interface Sampler {
  /** The events after a step: a sample, where one is due. */
  after(step: number): AsyncGenerator<RunEvent>;
  dispose(): Promise<void>;
}

const none: Sampler = { async *after() {}, async dispose() {} };

/**
 * Prepares measurements of the accuracy on the first rows of a set, as many as the run requests, but fewer in a short run, as
 * each takes time. They do not change the result of the run.
 */
export async function createSampler(run: PreparedRun, set: DataSet | undefined, lastStep: number): Promise<Sampler> {
  const { samples } = run.requests;
  if (samples === undefined || set === undefined) return none;
  const { executor, classifier, options } = run;
  const ready = await prepareSet(run, { ...set, features: set.features.slice(0, samples.rows) });
  const every = Math.max(Math.round(lastStep / samples.times), Math.ceil((2 * samples.rows) / options.batchSize));
  return {
    async *after(step) {
      // The last measurement is at the end, and none is shortly before it.
      const due = step % every === 0 && lastStep - step >= every / 2;
      if (!due && step !== lastStep) return;
      for await (const event of evaluate(executor, classifier, ready.batches(), ready.options))
        if (event.type === "eval-end")
          yield { type: "sample", step, accuracy: event.accuracy, examples: event.examples };
    },
    dispose: async () => ready.options.programs?.dispose(),
  };
}
