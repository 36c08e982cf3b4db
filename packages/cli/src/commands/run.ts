import process from "node:process";
import { interruptible } from "../interrupt.ts";
import { createPredictionReporter, createRunReporter } from "../report/reporter.ts";
import { prepareRun, type RunRequest } from "../run/prepare.ts";
import { run } from "../run/run.ts";

/** `bertie train`, `eval` and `predict`: prepares a run, carries it out, and shows it. */
export async function runCommand(request: RunRequest, show: "run" | "predictions"): Promise<void> {
  const { json, logEvery, outputDir } = request.options;
  const showPredictions = outputDir === undefined;
  const createReporter = show === "run" ? createRunReporter : createPredictionReporter;
  const report = createReporter({ json, logEvery, showPredictions, stdout: process.stdout, stderr: process.stderr });
  await interruptible(async (check) => {
    const prepared = await prepareRun(request);
    for await (const event of run(prepared)) {
      report(event);
      await check();
    }
  });
}
