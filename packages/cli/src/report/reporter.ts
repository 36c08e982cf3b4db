import {
  formatPrediction,
  formatPredictionHeader,
  formatResults,
  type Prediction,
  type RunEvent,
} from "@bertie/classifier";
import { truncateToWidth } from "@bertie/common";
import { evaluationTable } from "./evaluation-table.ts";
import { jsonLine } from "./json-lines.ts";
import { logLines, stepLine } from "./log-lines.ts";
import { createProgressBars } from "./progress-bars.ts";
import { canRedraw, type Environment, type TextStream, widthOf } from "./terminal.ts";

export interface ReporterOptions {
  /** Whether to write events to stdout as JSON lines. */
  readonly json: boolean;
  /** Number of updates per log line, if there are no progress bars. */
  readonly logEvery: number;
  /** Whether to log the tokens of the first examples, like the script of 2018. */
  readonly showExamples: boolean;
  /** Whether to write notes, in addition to warnings, with predictions. @default false */
  readonly showNotes?: boolean;
  /** Whether each prediction follows the guid of its row, without a line of names; undefined for predictions with names. */
  readonly keyFields?: number | undefined;
  /** Whether to write predictions to stdout. */
  readonly showPredictions: boolean;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Environment;
}

export type Reporter = (event: RunEvent) => void;

/** Creates the reporter of a run: results on stdout, and the log on stderr, with progress bars on a terminal. */
export function createRunReporter(options: ReporterOptions): Reporter {
  const { json, logEvery, showExamples, showPredictions, stdout, stderr, env } = options;
  const bars = canRedraw(stderr, env) ? createProgressBars(stderr) : undefined;
  const print = bars?.print ?? ((lines: readonly string[]) => printLines(stderr, lines));
  const writeOut = (text: string) => {
    if (stdout.isTTY) bars?.hide();
    stdout.write(text);
  };
  const writePrediction = createPredictionWriter(writeOut);
  let totalSteps = 0;
  return (event) => {
    bars?.show(event);
    if (event.type === "train-start") totalSteps = event.steps;
    if (!json && event.type === "eval-results") {
      for (const line of formatResults(event.results)) writeOut(`${line}\n`);
    } else if (!json && showPredictions && event.type === "prediction") {
      writePrediction(event);
    } else if (!bars && event.type === "step") {
      if (event.step % logEvery === 0 || event.step === totalSteps) print([stepLine(event, totalSteps)]);
    } else if (event.type === "example" && !showExamples) {
      // The data summary shows the first row of a table.
    } else if (!bars || event.type !== "warm-up") {
      // The arrays of an example would fill the screen.
      print(
        event.type === "example" && bars
          ? logLines(event).map((line) => truncateToWidth(line, widthOf(stderr) - 1))
          : logLines(event),
      );
    }
    if (event.type === "eval-results") print(evaluationTable(event.evaluations, stderr.columns));
    if (json) writeOut(jsonLine(event));
  };
}

/**
 * Creates the reporter of predictions: a line of column names and one line per prediction on stdout, and only warnings and
 * the end on stderr.
 */
export function createPredictionReporter(options: ReporterOptions): Reporter {
  const { json, showNotes = false, keyFields, stdout, stderr } = options;
  const writePrediction = createPredictionWriter((text) => stdout.write(text));
  return (event) => {
    if (event.type === "prediction") {
      const { type, ...prediction } = event;
      if (keyFields !== undefined) {
        const { guid, ...rest } = prediction;
        stdout.write(guid + (json ? jsonLine(rest) : formatPrediction(prediction)));
      } else if (json) stdout.write(jsonLine(prediction));
      else writePrediction(prediction);
    }
    const isShown = event.type === "note" && (event.level === "warning" || showNotes);
    if (isShown || event.type === "run-end") printLines(stderr, logLines(event));
  };
}

/** Creates a function that writes predictions as lines of a table, after a line with the names of the columns. */
function createPredictionWriter(write: (text: string) => void): (prediction: Prediction) => void {
  let hasHeader = false;
  return (prediction) => {
    write((hasHeader ? "" : formatPredictionHeader(prediction)) + formatPrediction(prediction));
    hasHeader = true;
  };
}

function printLines(stream: TextStream, lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}
