import type { PhaseStart, RunEvent } from "@bertie/classifier";
import type { TrainStep, WarmUp } from "@bertie/optim";
import { barLine, formatRate, formatTime } from "./figures.ts";
import { createLiveRegion } from "./live-region.ts";
import { secondsLeft, warmUpLine } from "./log-lines.ts";
import { type TextStream, widthOf } from "./terminal.ts";

/** Minimum time between two redraws, in milliseconds. */
const INTERVAL_MS = 60;

/** Events that occur many times per second. */
const FREQUENT = new Set(["step", "eval-batch", "prediction", "features", "fit"]);

/** Creates the display of a run on a terminal: progress bars at the bottom, and a log above them. */
export function createProgressBars(stream: TextStream) {
  const region = createLiveRegion(stream);
  let phase: PhaseStart | undefined;
  let training = { steps: 0, epochs: 0 };
  let batchesOfEpoch = 0;
  let batches = 0;
  let done = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let epoch: { readonly fraction: number; readonly figures: readonly string[] } | undefined;

  const line = (label: string, fraction: number, ...figures: string[]) =>
    barLine(label, fraction, figures, widthOf(stream));
  const epochLines = () => (epoch === undefined ? [] : [line("Epoch    ", epoch.fraction, ...epoch.figures)]);

  function trainingLines(step: TrainStep): string[] {
    const epochs = `${Math.ceil(step.epoch - 1e-9)}/${Math.ceil(training.epochs)}`;
    const left = formatTime(secondsLeft(step, training.steps));
    const state = [`loss ${step.epochLoss.toFixed(4)}`, formatRate(step.examplesPerSecond)];
    epoch = { fraction: step.step / training.steps, figures: [epochs, `${left} left`] };
    return [...epochLines(), line("Iteration", done / batches, `${done}/${batches}`, ...state)];
  }

  function warmUpLines(event: WarmUp): string[] {
    const count = `${done}/${batchesOfEpoch}`;
    return [...epochLines(), line("Iteration", done / batchesOfEpoch, count, warmUpLine(event))];
  }

  /** Returns the lines to show after an event; undefined if the event does not change them. */
  function linesAfter(event: RunEvent): string[] | undefined {
    switch (event.type) {
      case "phase-start":
        phase = event;
        batches = event.steps;
        return event.phase === "evaluation" ? [line(`Evaluating ${event.set}`, 0, `0/${batches}`)] : undefined;
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
        return [line(`Evaluating ${event.set}`, done / batches, `${done}/${batches}`)];
      case "features":
        [done, batches] = [event.done, event.examples];
        return [line(`Computing features of ${event.set}`, done / batches, `${done}/${batches}`)];
      case "fit":
        [done, batches] = [event.fits, event.maxFits];
        return [line("Fitting the classifier", done / batches, `${done}/${batches}`)];
      case "prediction":
        done++;
        return phase && [line("Predicting", done / phase.examples, `${done}/${phase.examples}`)];
      case "train-end":
      case "head":
      case "baseline":
      case "eval-results":
      case "run-end":
        done = 0;
        epoch = undefined;
        return [];
      default:
        return undefined;
    }
  }

  return {
    print: region.print,
    /** Erases the bars until the next event is shown, so that other text can be written to the same terminal. */
    hide: () => region.draw([]),
    show(event: RunEvent): void {
      const lines = linesAfter(event);
      const now = performance.now();
      const isFrequent = FREQUENT.has(event.type);
      if (lines === undefined || (isFrequent && done < batches && now - drawn < INTERVAL_MS)) return;
      drawn = now;
      region.draw(lines);
    },
  };
}
