import { type Baseline, type FittedHead, formatResults, type RunEvent } from "@bertie/classifier";
import { formatDataSummary, formatExampleLog, type Problem, percent, quoteLabel } from "@bertie/data";
import { isAtFloor, type TrainStep, type WarmUp } from "@bertie/optim";
import { formatRate, formatTime } from "./figures.ts";
import { withFlagNames } from "./flag-names.ts";

/** Formats an event as lines of the log. Returns no lines for events that occur in every batch. */
export function logLines(event: RunEvent): string[] {
  switch (event.type) {
    case "note": {
      const message = withFlagNames(event.message);
      return [event.level === "warning" ? `warning: ${message}` : message];
    }
    case "data":
      return formatDataSummary(event.summary, event.warnings.map(withFlags));
    case "run-start":
      return [
        `device: ${event.device}, engine: ${event.engine}, threads: ${event.threads ?? "one per core"}, ` +
          `distributed: no, precision: ${event.precision}, seed: ${event.seed}`,
        `number of labels: ${event.labels.length} (${abbreviate(event.labels)})`,
      ];
    case "example":
      return formatExampleLog(event);
    case "phase-start":
      return [
        `***** Running ${event.phase} (${event.set}) *****`,
        `  Num examples = ${event.examples}`,
        `  Batch size = ${event.batchSize}`,
        `  Num steps = ${event.steps}`,
      ];
    case "features":
      return event.done === 0 ? [`computing features of ${event.examples} examples (${event.set})`] : [];
    case "head":
      return [headLine(event)];
    case "baseline":
      return [baselineLine(event)];
    case "warm-up":
      return [warmUpLine(event)];
    case "step-skipped":
      return [`gradient overflow: step skipped, loss scale ${describeScale(event.lossScale)}`];
    case "epoch-end":
      return [`epoch ${event.epoch + 1}: loss ${event.loss.toFixed(4)}`];
    case "train-end":
      return [`trained on ${event.examples} examples in ${event.steps} steps and ${formatTime(event.seconds)}`];
    case "checkpoint":
      return [`checkpoint after step ${event.step}: ${event.path}`];
    case "score":
      return [
        `after step ${event.step}: ${event.metric} ${event.value.toFixed(4)}${event.best ? ", best so far" : ""}`,
      ];
    case "eval-results":
      return ["***** Eval results *****", ...formatResults(event.results).map((line) => `  ${line}`)];
    case "run-end":
      return event.outputDir === undefined ? [] : [`written to ${event.outputDir}: ${event.files.join(", ")}`];
    default:
      return [];
  }
}

/** Formats a classifier that was fitted to features. */
function headLine({ penalty, folds, repeats, loss, accuracy, examples, seconds }: FittedHead): string {
  const split = repeats === 1 ? `${folds} folds` : `${folds} folds, ${repeats} times`;
  const measured = accuracy === undefined ? `loss ${loss?.toFixed(4)}` : `accuracy ${percent(accuracy)}`;
  const validation =
    loss === undefined ? "too few rows for cross-validation" : `cross-validation: ${measured} (${split})`;
  return `fitted a linear classifier to ${examples} examples in ${formatTime(seconds)}; ${validation}, penalty ${penalty}`;
}

function baselineLine({ scores, seconds, examples }: Baseline): string {
  const { accuracy, loss = Number.NaN } = scores;
  const score = accuracy === undefined ? `loss ${loss.toFixed(4)}` : `accuracy ${percent(accuracy)}`;
  return `linear probe on ${examples} examples: ${score} in ${formatTime(seconds)}`;
}

/** Formats the warmup of a GPU before its first step with a new batch shape. */
export function warmUpLine({ size, length, shape, shapes }: WarmUp): string {
  return `warming up the GPU: batch shape ${shape} of ${shapes} (${size} × ${length} tokens)`;
}

/** Formats a training step as one line of the log. */
export function stepLine(step: TrainStep, totalSteps: number): string {
  return [
    `step ${step.step}/${totalSteps}`,
    `epoch ${step.epoch.toFixed(2)}`,
    `loss ${step.loss.toFixed(4)}`,
    `lr ${step.learningRate.toExponential(2)}`,
    `${formatRate(step.examplesPerSecond)}`,
    `${formatTime(secondsLeft(step, totalSteps))} left`,
  ].join("  ");
}

/** Estimates the remaining training time in seconds from the average speed so far. */
export function secondsLeft({ step, seconds }: Pick<TrainStep, "step" | "seconds">, totalSteps: number): number {
  return (seconds / step) * (totalSteps - step);
}

function describeScale(scale: number): string {
  return isAtFloor(scale) ? `at its minimum, ${scale}` : `now ${scale}`;
}

function withFlags(problem: Problem): Problem {
  return { ...problem, message: withFlagNames(problem.message) };
}

function abbreviate(labels: readonly string[]): string {
  const shown = labels.slice(0, 20).map(quoteLabel).join(", ");
  return labels.length > 20 ? `${shown}, …` : shown;
}
