import { type Mistake, modelCard, reportHtml } from "@bertie/report";
import type { PreparedSet } from "../run/classify-sets.ts";
import { type RunEvent, warning } from "../run/events.ts";
import type { PreparedRun } from "../run/prepared-run.ts";
import type { EvaluatedSet } from "../run/results.ts";
import type { Workspace } from "../storage/storage.ts";
import { explainMistakes } from "./explain-mistakes.ts";
import { findMistakes } from "./mistakes.ts";
import { readReportData } from "./read-report.ts";
import { REPORT_FILES } from "./report-files.ts";

/** Set with its evaluation and the duration of the evaluation in seconds. */
export interface TimedEvaluation {
  readonly prepared: PreparedSet;
  readonly evaluated: EvaluatedSet;
  readonly seconds: number;
}

/** Maximum duration of explanations in seconds, and as a fraction of the duration of the run. */
const LIMIT = { seconds: 20, share: 0.1 };

/**
 * Finds and explains the worst mistakes of the first evaluated set, and writes them to mistakes.jsonl. Must be called
 * while the weights are in the state of the executor.
 *
 * @param elapsed duration of the run so far in seconds
 */
export async function* writeMistakes(
  run: PreparedRun,
  workspace: Workspace,
  evaluation: TimedEvaluation,
  elapsed: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent> {
  let { count, worst } = findMistakes(evaluation.evaluated.rows(), evaluation.prepared.set.examples);
  const secondsPerRow = evaluation.seconds / Math.max(1, evaluation.evaluated.examples);
  const budget = { seconds: Math.min(LIMIT.seconds, LIMIT.share * elapsed), secondsPerRow };
  try {
    worst = await explainMistakes(run, evaluation.prepared, worst, budget, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : error;
    yield warning(`the mistakes in report.html are not explained: ${reason}`, "note/unexplained-mistakes");
  }
  await workspace.write(REPORT_FILES.mistakes, mistakeLines(count, worst));
}

/** Writes report.html and, for a trained model, README.md from the other files of the run. */
export async function writeReports(workspace: Workspace): Promise<void> {
  const data = await readReportData(workspace);
  await workspace.write(REPORT_FILES.report, reportHtml(data));
  if (data.run.trained) await workspace.write(REPORT_FILES.card, modelCard(data));
}

/** Returns the lines of mistakes.jsonl: the number of all mistakes, then the worst ones. */
function mistakeLines(count: number, worst: readonly Mistake[]): string {
  return [{ count }, ...worst].map((line) => `${JSON.stringify(line)}\n`).join("");
}
