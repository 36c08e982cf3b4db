import process from "node:process";
import { hearSignals, interruptible } from "../interrupt.ts";
import { createPredictionReporter, createRunReporter } from "../report/reporter.ts";
import { info } from "../run/events.ts";
import { prepareRun, type RunRequest } from "../run/prepare.ts";
import { run } from "../run/run.ts";

/** `bertie train`, `eval` and `predict`: prepares a run, carries it out, and shows it. */
export async function runCommand(request: RunRequest, show: "run" | "predictions"): Promise<void> {
  const { json, logEvery, outputDir } = request.options;
  const showPredictions = outputDir === undefined;
  const createReporter = show === "run" ? createRunReporter : createPredictionReporter;
  const report = createReporter({ json, logEvery, showPredictions, stdout: process.stdout, stderr: process.stderr });
  await interruptible(async (_, signal) => {
    const prepared = await prepareRun(request);
    if (prepared === "finished") return report(info("the run has come to its end already: there is nothing to resume"));
    for await (const event of run(prepared, signal)) {
      report(event);
      await hearSignals();
    }
  });
}
