import type { PhaseStart, RunEvent } from "@bertie/classifier";
import type { TrainStep, WarmUp } from "@bertie/optim";
import { bar, formatRate, formatTime } from "./figures.ts";
import { createLiveRegion, type TextStream } from "./live-region.ts";
import { secondsLeft, warmUpLine } from "./log-lines.ts";

/** Minimum time between two redraws, in milliseconds. */
const INTERVAL_MS = 60;

/** Creates the display of a run on a terminal: progress bars at the bottom, and a log above them. */
export function createProgressBars(stream: TextStream) {
  const region = createLiveRegion(stream);
  let phase: PhaseStart | undefined;
  let training = { steps: 0, epochs: 0 };
  let batchesOfEpoch = 0;
  let batches = 0;
  let done = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let epochLine: string | undefined;

  function trainingLines(step: TrainStep): string[] {
    const epochs = `${Math.ceil(step.epoch - 1e-9)}/${Math.ceil(training.epochs)}`;
    const left = formatTime(secondsLeft(step, training.steps));
    const state = `loss ${step.epochLoss.toFixed(4)}  ${formatRate(step.examplesPerSecond)}`;
    epochLine = `Epoch     ${bar(step.step / training.steps)} ${epochs}  ${left} left`;
    return [epochLine, `Iteration ${bar(done / batches)} ${done}/${batches}  ${state}`];
  }

  function warmUpLines(event: WarmUp): string[] {
    const iterations = `Iteration ${bar(done / batchesOfEpoch)} ${done}/${batchesOfEpoch}  ${warmUpLine(event)}`;
    return [...(epochLine === undefined ? [] : [epochLine]), iterations];
  }

  /** Returns the lines to show after an event; undefined if the event does not change them. */
  function linesAfter(event: RunEvent): string[] | undefined {
    switch (event.type) {
      case "phase-start":
        phase = event;
        batches = event.steps;
        return event.phase === "evaluation" ? [`Evaluating ${event.set} ${bar(0)} 0/${batches}`] : undefined;
      case "train-start":
        training = event;
        return undefined;
      case "epoch-start":
        batchesOfEpoch = event.batches;
        done = 0;
        return undefined;
      case "warm-up":
        return warmUpLines(event);
      case "step":
        done = event.batches;
        batches = batchesOfEpoch; // an evaluation since the last step may have changed it
        return trainingLines(event);
      case "eval-batch":
        done = event.batches;
        return [`Evaluating ${event.set} ${bar(done / batches)} ${done}/${batches}`];
      case "prediction":
        done++;
        return phase && [`Predicting ${bar(done / phase.examples)} ${done}/${phase.examples}`];
      case "train-end":
      case "eval-results":
      case "run-end":
        done = 0;
        epochLine = undefined;
        return [];
      default:
        return undefined;
    }
  }

  return {
    print: region.print,
    show(event: RunEvent): void {
      const lines = linesAfter(event);
      const now = performance.now();
      const isFrequent = event.type === "step" || event.type === "eval-batch" || event.type === "prediction";
      if (lines === undefined || (isFrequent && done < batches && now - drawn < INTERVAL_MS)) return;
      drawn = now;
      region.draw(lines);
    },
  };
}
