import process from "node:process";
import { executeRun, info, type Stopped } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import { hearSignals, Interrupted, interruptible } from "../interrupt.ts";
import { createPredictionReporter, createRunReporter } from "../report/reporter.ts";
import { prepareTask, type TaskRequest } from "./prepare-task.ts";

/** `bertie train`, `eval`, and `predict --data-dir`: prepares a run on the data of a task, carries it out, and shows it. */
export async function runTask(request: TaskRequest, show: "run" | "predictions" = "run"): Promise<void> {
  const { json, logEvery, outputDir } = request.options;
  const showPredictions = outputDir === undefined;
  const createReporter = show === "run" ? createRunReporter : createPredictionReporter;
  const report = createReporter({ json, logEvery, showPredictions, stdout: process.stdout, stderr: process.stderr });
  let stopped: Stopped | undefined;
  try {
    await interruptible(async (_, signal) => {
      const prepared = await prepareTask(request);
      if (prepared === "finished") return report(info("the run is complete already: there is nothing to resume"));
      for await (const event of executeRun(prepared, signal)) {
        if (event.type === "stopped") stopped = event;
        report(event);
        await hearSignals();
      }
    });
  } catch (error) {
    throw stopped === undefined ? error : mentioning(stopped, error);
  }
}

/** Adds to an error how the run is resumed. */
function mentioning({ step, storage }: Stopped, error: unknown): unknown {
  const advice = `bertie train --resume ${storage} continues after step ${step}`;
  if (error instanceof Interrupted) return new Interrupted(error.reason, advice);
  // Where numbers are not finite any more, a resumed run would fail in the same way.
  if (!(error instanceof BertieError) || error.code === "train/not-finite") return error;
  return new BertieError(error.code, `${error.message}; ${advice}`, { cause: error });
}
