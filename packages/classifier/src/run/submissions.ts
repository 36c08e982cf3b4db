import { getProcessor, glueSubmission } from "@bertie/data";
import type { DataSet } from "../data/data-set.ts";
import { type PreparedSet, predictFor } from "./classify-sets.ts";
import type { Prediction, RunEvent } from "./events.ts";
import type { PreparedRun } from "./prepared-run.ts";

/** Folder of the files for GLUE in the results of a run. */
const FOLDER = "submission";

/** Predicts the test set of a run, and writes the submission if GLUE accepts one for the set. */
export function predictTestSet(
  run: PreparedRun,
  prepared: PreparedSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent> {
  return withSubmission(run, prepared.set, predictFor(run, prepared, signal));
}

/** Predicts a further test set only for its submission: without events for the rows and without predictions.tsv. */
export async function* predictForSubmission(
  run: PreparedRun,
  prepared: PreparedSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent> {
  const events = predictFor({ ...run, workspace: undefined }, prepared, signal);
  for await (const event of withSubmission(run, prepared.set, events)) if (event.type !== "prediction") yield event;
}

/** Yields the events, and then writes the submission from their predictions. */
async function* withSubmission(
  run: PreparedRun,
  set: DataSet,
  events: AsyncIterable<RunEvent>,
): AsyncGenerator<RunEvent> {
  const answers: (string | number)[] = [];
  for await (const event of events) {
    if (event.type === "prediction") answers.push(answerOf(event));
    yield event;
  }
  await writeSubmission(run, set, answers);
}

async function writeSubmission(
  { workspace, data }: PreparedRun,
  { submission }: DataSet,
  answers: readonly (string | number)[],
): Promise<void> {
  if (workspace === undefined || submission === undefined || data.taskName === undefined) return;
  const { fileName, contents } = glueSubmission(getProcessor(data.taskName), submission, answers);
  await workspace.write(`${FOLDER}/${fileName}`, contents);
}

function answerOf(prediction: Prediction): string | number {
  if ("value" in prediction) return prediction.value;
  return "label" in prediction ? prediction.label : prediction.labels.join(",");
}
