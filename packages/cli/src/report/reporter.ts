import {
  formatPrediction,
  formatPredictionHeader,
  formatResults,
  type Prediction,
  type RunEvent,
} from "@bertie/classifier";
import { evaluationTable } from "./evaluation-table.ts";
import { jsonLine } from "./json-lines.ts";
import type { TextStream } from "./live-region.ts";
import { logLines, stepLine } from "./log-lines.ts";
import { createProgressBars } from "./progress-bars.ts";

export interface ReporterOptions {
  /** Whether to write events to stdout as JSON lines. */
  readonly json: boolean;
  /** Number of updates per log line, if there are no progress bars. */
  readonly logEvery: number;
  /** Whether to log the tokens of the first examples, like the script of 2018. */
  readonly showExamples: boolean;
  /** Whether to write predictions to stdout. */
  readonly showPredictions: boolean;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

export type Reporter = (event: RunEvent) => void;

/** Creates the reporter of a run: results on stdout, and the log on stderr, with progress bars on a terminal. */
export function createRunReporter(options: ReporterOptions): Reporter {
  const { json, logEvery, showExamples, showPredictions, stdout, stderr } = options;
  const bars = stderr.isTTY ? createProgressBars(stderr) : undefined;
  const print = bars?.print ?? ((lines: readonly string[]) => printLines(stderr, lines));
  const writePrediction = createPredictionWriter(stdout);
  let totalSteps = 0;
  return (event) => {
    bars?.show(event);
    if (event.type === "train-start") totalSteps = event.steps;
    if (!json && event.type === "eval-results") {
      printLines(stdout, formatResults(event.results));
    } else if (!json && showPredictions && event.type === "prediction") {
      writePrediction(event);
    } else if (!bars && event.type === "step") {
      if (event.step % logEvery === 0 || event.step === totalSteps) print([stepLine(event, totalSteps)]);
    } else if (event.type === "example" && !showExamples) {
      // The data summary shows the first row of a table.
    } else if (!bars || event.type !== "warm-up") {
      print(
        event.type === "example" && bars
          ? logLines(event).map((line) => truncate(line, stderr.columns))
          : logLines(event),
      );
    }
    if (event.type === "eval-results") print(evaluationTable(event.evaluations, stderr.columns));
    if (json) stdout.write(jsonLine(event));
  };
}

/**
 * Creates the reporter of predictions: a line of column names and one line per prediction on stdout, and only warnings and
 * the end on stderr.
 */
export function createPredictionReporter({ json, stdout, stderr }: ReporterOptions): Reporter {
  const writePrediction = createPredictionWriter(stdout);
  return (event) => {
    if (event.type === "prediction") {
      const { type, ...prediction } = event;
      if (json) stdout.write(jsonLine(prediction));
      else writePrediction(prediction);
    }
    const isWarning = event.type === "note" && event.level === "warning";
    if (isWarning || event.type === "run-end") printLines(stderr, logLines(event));
  };
}

/** Creates a function that writes predictions as lines of a table, after a line with the names of the columns. */
function createPredictionWriter(stdout: TextStream): (prediction: Prediction) => void {
  let hasHeader = false;
  return (prediction) => {
    stdout.write((hasHeader ? "" : formatPredictionHeader(prediction)) + formatPrediction(prediction));
    hasHeader = true;
  };
}

/** Truncates a line to the width of the terminal, because the arrays of an example would fill the screen. */
function truncate(line: string, columns = 80): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

function printLines(stream: TextStream, lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}
