import process from "node:process";
import { executeRun, info, type PreparedRun, type Stopped, writePlan } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import { endIfStuck, Interrupted, interruptible, yieldToSignals } from "../interrupt.ts";
import { createPredictionReporter, createRunReporter } from "../report/reporter.ts";
import { readsTables } from "../tables/table-run.ts";
import { prepareTask, type TaskRequest } from "./prepare-task.ts";

/** Reason for which `--stop-after` stops a run. */
const PAUSED = Symbol("--stop-after");

/** Runs `bertie train`, `eval` or `predict --data-dir`: prepares a run on the data of a task, executes and reports it. */
export async function runTask(request: TaskRequest, show: "run" | "predictions" = "run"): Promise<void> {
  const { json, logEvery, outputDir, writePlan: plans, stopAfter } = request.options;
  const showPredictions = outputDir === undefined;
  const createReporter = show === "run" ? createRunReporter : createPredictionReporter;
  const showExamples = !readsTables(request.options);
  const { stdout, stderr, env } = process;
  const report = createReporter({ json, logEvery, showExamples, showPredictions, stdout, stderr, env });
  let stopped: Stopped | undefined;
  const pause = new AbortController();
  try {
    await interruptible(async (_, interrupted) => {
      const signal = AbortSignal.any([interrupted, pause.signal]);
      const prepared = await endIfStuck(prepareTask(request), signal);
      if (prepared === "finished") return report(info("the run is already complete; there is nothing to resume"));
      await checkStopAfter(stopAfter, prepared);
      for await (const event of (plans ? writePlan : executeRun)(prepared, signal)) {
        if (event.type === "stopped") stopped = event;
        if (event.type === "step" && stopAfter !== undefined && event.step >= stopAfter) pause.abort(PAUSED);
        report(event);
        await yieldToSignals();
      }
    });
  } catch (error) {
    if (error === PAUSED && stopped !== undefined) {
      const { step, storage } = stopped;
      return report(
        info(`stopped after step ${step} (--stop-after); to resume, run "bertie train --resume ${storage}"`),
      );
    }
    throw stopped === undefined ? error : withResumeAdvice(stopped, error);
  }
}

/**
 * Checks that `--stop-after` names an update that the run has not made yet.
 *
 * @throws BertieError "options/range"
 */
async function checkStopAfter(stopAfter: number | undefined, { checkpoint, release }: PreparedRun): Promise<void> {
  const step = checkpoint?.state.progress.steps ?? 0;
  if (stopAfter === undefined || stopAfter > step) return;
  await release();
  throw new BertieError(
    "options/range",
    `--stop-after is ${stopAfter}, but the run is at step ${step}. Name a later step.`,
  );
}

/** Returns an error with the command that resumes the run in its message. */
function withResumeAdvice({ step, storage }: Stopped, error: unknown): unknown {
  const command = `\`bertie train --resume ${storage}\``;
  if (error instanceof Interrupted)
    return new Interrupted(error.reason, `to resume after step ${step}, run ${command}`);
  // After NaN or infinity a resumed run would fail in the same way.
  if (!(error instanceof BertieError) || error.code === "train/not-finite") return error;
  const text = `${error.message.replace(/\.?$/, ".")} To resume after step ${step}, run ${command}.`;
  return new BertieError(error.code, text, { cause: error });
}
