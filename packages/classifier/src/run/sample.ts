import { evaluate } from "@bertie/optim";
import type { DataSet } from "../data/data-set.ts";
import { prepareSet } from "./classify-sets.ts";
import type { RunEvent } from "./events.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** Measures the accuracy on a few rows during training. */
interface Sampler {
  /** Yields a sample event if a measurement is due after the step. */
  after(step: number): AsyncGenerator<RunEvent>;
  dispose(): Promise<void>;
}

const noSampler: Sampler = { async *after() {}, async dispose() {} };

/**
 * Creates a sampler that measures the accuracy on the first rows of a set, as often as the run requests. Short runs are
 * measured less often to limit the time. Measurements do not change the result of the run.
 */
export async function createSampler(run: PreparedRun, set: DataSet | undefined, lastStep: number): Promise<Sampler> {
  const { samples } = run.requests;
  if (samples === undefined || set === undefined || run.data.problemType === "regression") return noSampler;
  const { executor, classifier, options } = run;
  const sampled = await prepareSet(run, { ...set, features: set.features.slice(0, samples.rows) });
  const every = Math.max(Math.round(lastStep / samples.times), Math.ceil((2 * samples.rows) / options.batchSize));
  return {
    async *after(step) {
      // There is always a measurement after the last step, but none shortly before.
      const due = step % every === 0 && lastStep - step >= every / 2;
      if (!due && step !== lastStep) return;
      for await (const event of evaluate(executor, classifier, sampled.batches(), sampled.options))
        if (event.type === "eval-end")
          yield { type: "sample", step, accuracy: event.accuracy, examples: event.examples };
    },
    dispose: async () => sampled.options.programs?.dispose(),
  };
}
