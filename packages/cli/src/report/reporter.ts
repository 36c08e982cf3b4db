import { formatPrediction, formatResults, type RunEvent } from "@bertie/classifier";
import { jsonLine } from "./json-lines.ts";
import type { TextStream } from "./live-region.ts";
import { logLines, stepLine } from "./log-lines.ts";
import { createProgressBars } from "./progress-bars.ts";

export interface ReporterOptions {
  /** Events go to stdout as JSON lines. */
  readonly json: boolean;
  /** Updates a line of the log, where there are no bars. */
  readonly logEvery: number;
  /** Predictions go to stdout, as they are written nowhere else. */
  readonly showPredictions: boolean;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

export type Reporter = (event: RunEvent) => void;

/** Shows a run: its results on stdout, the way there on stderr, with bars if that is a terminal. */
export function createRunReporter(options: ReporterOptions): Reporter {
  const { json, logEvery, showPredictions, stdout, stderr } = options;
  const bars = stderr.isTTY ? createProgressBars(stderr) : undefined;
  const print = bars?.print ?? ((lines: readonly string[]) => printLines(stderr, lines));
  let totalSteps = 0;
  return (event) => {
    bars?.show(event);
    if (event.type === "train-start") totalSteps = event.steps;
    if (!json && event.type === "eval-results") {
      printLines(stdout, formatResults(event.results));
    } else if (!json && showPredictions && event.type === "prediction") {
      stdout.write(formatPrediction(event));
    } else if (!bars && event.type === "step") {
      if (event.step % logEvery === 0 || event.step === totalSteps) print([stepLine(event, totalSteps)]);
    } else if (!bars || event.type !== "warm-up") {
      print(
        event.type === "example" && bars ? logLines(event).map((line) => cut(line, stderr.columns)) : logLines(event),
      );
    }
    if (json) stdout.write(jsonLine(event));
  };
}

/** Shows predictions on stdout, a line each, and on stderr only what the user should know. */
export function createPredictionReporter({ json, stdout, stderr }: ReporterOptions): Reporter {
  return (event) => {
    if (event.type === "prediction") {
      const { type, ...prediction } = event;
      stdout.write(json ? jsonLine(prediction) : formatPrediction(event));
    }
    const isWarning = event.type === "note" && event.level === "warning";
    if (isWarning || event.type === "run-end") printLines(stderr, logLines(event));
  };
}

/** The arrays of an example fill a screen; on a terminal a line of each is enough. */
function cut(line: string, columns = 80): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

function printLines(stream: TextStream, lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}
