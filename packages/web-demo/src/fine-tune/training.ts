import {
  browserStorage,
  createTrainer,
  type Examples,
  type RunEvent,
  summarizeRun,
  type Trainer,
  type TrainerOptions,
} from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import type { Loaded } from "../files/fetch-kept.ts";
import { type Device, findDevices, openExecutor } from "../model/devices.ts";
import { type StartName, startModel } from "./start-models.ts";

/** Labelled texts to train on, and others to evaluate on. */
export interface TrainingData {
  /** The name that the page shows. */
  readonly name: string;
  readonly train: Examples;
  readonly evaluation: Examples;
  /** In the order of their ids. By default those found. */
  readonly labels?: readonly string[];
}

/** The settings of the form, by the names of the trainer's options. */
export type TrainingSettings = Pick<
  TrainerOptions,
  "epochs" | "batchSize" | "learningRate" | "maxLength" | "freezeLayers" | "seed"
>;

export interface TrainingRequest {
  readonly data: TrainingData;
  readonly start: StartName;
  readonly device: Device;
  readonly settings: TrainingSettings;
}

/** The events of a run that the page shows. */
export type TrainingEvent =
  | ({ readonly type: "loading"; readonly what: "engine" | "model" } & Loaded)
  | { readonly type: "preparing" }
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly examplesPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly type: "sample"; readonly step: number; readonly accuracy: number }
  | { readonly type: "kept"; readonly step: number }
  | { readonly type: "paused"; readonly step: number }
  | { readonly type: "evaluating" };

/** The page's request to the run in progress. */
export type Wish = "go" | "pause" | "stop";

/** Few, because a program is compiled for each, which takes seconds in a browser. */
const PADDED_LENGTHS = 3;
/** Measurements of the accuracy during training, on few rows because each takes time. */
const SAMPLES = { times: 10, rows: 64 };
/** Writing checkpoints takes at most this share of the time, and at least this many seconds pass between two checkpoints. */
const CHECKPOINT_SHARE = 1 / 20;
const CHECKPOINT_SECONDS = 5;

/** The run of this page: there is one, for all of its tabs. */
export const runStorage = browserStorage("run");

/** One run at a time, which the page can pause, continue and stop. */
export function createTraining() {
  let wish: Wish = "go";
  let wake = () => {};
  let isRunning = false;
  /** The current wish: the page changes it while the run waits. */
  const wished = () => wish;

  async function train(
    device: Device,
    emit: (event: TrainingEvent) => void,
    optionsOf: (loaded: (progress: Loaded) => void) => TrainerOptions,
  ): Promise<void> {
    const loaded = (what: "engine" | "model") => (progress: Loaded) => emit({ type: "loading", what, ...progress });
    wish = "go";
    isRunning = true;
    try {
      const executor = await openExecutor(device, loaded("engine"));
      const trainer = await createTrainer({
        ...optionsOf(loaded("model")),
        ...{ storage: runStorage, executor, threads: (await findDevices()).threads },
        ...{ keepData: true, keepCheckpoints: 1, overwrite: true, samples: SAMPLES },
      }).catch(async (error: unknown) => {
        await executor.dispose();
        throw error;
      });
      emit({ type: "preparing" });
      await takeEvents(trainer, emit);
    } finally {
      isRunning = false;
    }
  }

  async function takeEvents(trainer: Trainer, emit: (event: TrainingEvent) => void): Promise<void> {
    const toPage = createTranslator(emit);
    const checkpoints = createPace();
    for await (const event of trainer.run()) {
      toPage(event);
      if (event.type === "step") {
        await aTurn();
        if (wished() === "pause" || checkpoints.isDue()) {
          checkpoints.begin();
          trainer.requestCheckpoint();
        }
      }
      if (event.type === "checkpoint") {
        checkpoints.end();
        if (wished() === "pause") emit({ type: "paused", step: event.step });
        while (wished() === "pause") await new Promise<void>((resolve) => (wake = resolve));
      }
      if (wished() === "stop") trainer.finish();
    }
  }

  return {
    isRunning: () => isRunning,
    ask(what: Wish): void {
      wish = what;
      wake();
    },
    start({ data, start, device, settings }: TrainingRequest, emit: (event: TrainingEvent) => void): Promise<void> {
      const { train: examples, evaluation, labels } = data;
      return train(device, emit, (loaded) => ({
        ...{ model: startModel(start, loaded), train: examples, evaluation, ...(labels && { labels }) },
        ...{ ...settings, lowercase: true, warmup: 0.1, paddedLengths: PADDED_LENGTHS },
        ...(settings.batchSize !== undefined && { evaluationBatchSize: settings.batchSize }),
      }));
    },
    /** Resumes the run that is kept, with the data files that it needs where it comes from the command line. */
    async resume(dataFiles: ReadonlyMap<string, Blob>, emit: (event: TrainingEvent) => void): Promise<void> {
      const run = await summarizeRun(runStorage);
      if (run?.state !== "unfinished") throw new BertieError("checkpoint/none", "there is no run to resume");
      const hasGpu = (await findDevices()).webgpu !== undefined;
      const device = run.device === "webgpu" && hasGpu ? "webgpu" : "cpu";
      await train(device, emit, () => ({ resume: true, resumeAnyway: true, dataFiles }));
    },
  };
}

/** Passes on the events that the page shows. */
function createTranslator(emit: (event: TrainingEvent) => void): (event: RunEvent) => void {
  let steps = 0;
  let first: { readonly step: number; readonly seconds: number } | undefined;
  return (event) => {
    switch (event.type) {
      case "train-start":
        steps = event.steps;
        break;
      case "step": {
        const { step, loss, examplesPerSecond, seconds } = event;
        first ??= { step: step - 1, seconds: seconds - event.examples / examplesPerSecond };
        const secondsLeft = ((seconds - first.seconds) / (step - first.step)) * (steps - step);
        emit({ type: "step", step, steps, loss, examplesPerSecond, secondsLeft });
        break;
      }
      case "sample":
        emit({ type: "sample", step: event.step, accuracy: event.accuracy });
        break;
      case "checkpoint":
        emit({ type: "kept", step: event.step });
        break;
      case "phase-start":
        if (event.phase === "evaluation") emit({ type: "evaluating" });
        break;
    }
  };
}

/** Decides when to write a checkpoint, so that writing takes a small share of the time. */
function createPace() {
  let begun: number | undefined;
  let ended = 0;
  let taken = 0; // milliseconds
  return {
    isDue: () => performance.now() - ended > Math.max(CHECKPOINT_SECONDS * 1000, taken / CHECKPOINT_SHARE),
    begin() {
      begun = performance.now();
    },
    end() {
      ended = performance.now();
      if (begun !== undefined) taken = ended - begun;
      begun = undefined;
    },
  };
}

/** Lets the worker handle the page's messages: a run on WebAssembly alone never yields to them. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
