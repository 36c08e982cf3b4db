import type { TrainStep } from "@bertie/optim";
import type { PhaseStart, RunEvent } from "../run/events.ts";
import { createLiveRegion, type TextStream } from "./live-region.ts";
import { formatRate, formatTime, secondsLeft } from "./log-lines.ts";

const WIDTH = 24;
/** Drawing more often than this, in milliseconds, is for nobody's eyes. */
const INTERVAL = 60;

/** Shows a run on a terminal: bars for epochs and iterations, or batches, at the bottom, and a log above them. */
export function createProgressBars(stream: TextStream) {
  const region = createLiveRegion(stream);
  let phase: PhaseStart | undefined;
  let training = { steps: 0, epochs: 0 };
  let batchesOfEpoch = 0;
  let batches = 0;
  let done = 0;
  let drawn = Number.NEGATIVE_INFINITY;

  function trainingLines(step: TrainStep): string[] {
    const part = `${Math.ceil(step.epoch - 1e-9)}/${Math.ceil(training.epochs)}`;
    const left = formatTime(secondsLeft(step, training.steps));
    const state = `loss ${step.epochLoss.toFixed(4)}  ${formatRate(step.examplesPerSecond)}`;
    return [
      `Epoch     ${bar(step.step / training.steps)} ${part}  ${left} left`,
      `Iteration ${bar(done / batches)} ${done}/${batches}  ${state}`,
    ];
  }

  /** What is to be seen after an event; undefined if no other than before. */
  function linesAfter(event: RunEvent): string[] | undefined {
    switch (event.type) {
      case "phase-start":
        phase = event;
        batches = event.steps;
        return undefined;
      case "train-start":
        training = event;
        return undefined;
      case "epoch-start":
        batchesOfEpoch = event.batches;
        return undefined;
      case "step":
        done = event.batches;
        batches = batchesOfEpoch; // an evaluation may have come between
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
      if (lines === undefined || (lines.length > 0 && done < batches && now - drawn < INTERVAL)) return;
      drawn = now;
      region.draw(lines);
    },
  };
}

/** A part, from 0 to 1, as a bar. */
export function bar(part: number): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * WIDTH);
  return "━".repeat(full) + "╌".repeat(WIDTH - full);
}
