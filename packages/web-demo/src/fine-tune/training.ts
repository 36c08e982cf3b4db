import {
  browserStorage,
  createTrainer,
  type Examples,
  type RunEvent,
  summarizeRun,
  type Trainer,
  type TrainerOptions,
} from "@bertie/classifier";
import { BertieError, type ErrorCode } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import { type Loaded, totalProgress } from "../files/fetch-cached.ts";
import type { BundledVocabulary } from "../files/vocabularies.ts";
import { type Device, engineBytes, findDevices, openExecutor } from "../model/devices.ts";
import { fallbackStorage, type UnsavedReason } from "./fallback-storage.ts";
import { startModel } from "./start-models.ts";
import { type StartName, startFacts } from "./start-names.ts";

/** Labeled texts of the training and the validation set. */
export interface TrainingData {
  /** Name that the page shows. */
  readonly name: string;
  readonly train: Examples;
  readonly evaluation: Examples;
  /** Vocabulary for a model from scratch. */
  readonly vocabulary: BundledVocabulary;
  /** Labels in the order of their ids. @default the labels of the training set */
  readonly labels?: readonly string[];
}

/** Settings of the form, named like the options of the trainer. */
export type TrainingSettings = Pick<
  TrainerOptions,
  "epochs" | "batchSize" | "learningRate" | "maxLength" | "freezeLayers" | "seed"
>;

export interface TrainingRequest<Data = TrainingData> {
  readonly data: Data;
  readonly start: StartName;
  readonly device: Device;
  readonly settings: TrainingSettings;
}

/** Events of a run that the page shows. */
export type TrainingEvent =
  /** Download of all files that the run needs. */
  | ({ readonly type: "loading" } & Loaded)
  | { readonly type: "preparing" }
  /** A program of the model is being compiled: the first, the second, … */
  | { readonly type: "compiling"; readonly program: number }
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly examplesPerSecond: number;
      /** Remaining seconds; undefined as long as too few steps have been measured. */
      readonly secondsLeft: number | undefined;
    }
  | { readonly type: "sample"; readonly step: number; readonly accuracy: number }
  | { readonly type: "saved"; readonly step: number }
  | { readonly type: "paused"; readonly step: number }
  | { readonly type: "unsaved"; readonly reason: UnsavedReason }
  /** Warning about the data, with the code of the problem, or about the run. */
  | { readonly type: "warning"; readonly message: string; readonly code?: ErrorCode }
  | { readonly type: "evaluating" };

/** State of the run that the user has requested. */
export type RequestedState = "running" | "paused" | "stopped";

/** Maximum number of padded lengths. It is small, because compiling a program for each length takes seconds in a browser. */
const PADDED_LENGTHS = 3;
/** Number of accuracy measurements during training, and of rows in each one. Both are small to save time. */
const SAMPLES = { times: 10, rows: 64 };
/** Number of steps and of seconds that are measured before the remaining time is estimated. */
const MEASURED = { steps: 5, seconds: 3 };
/** Maximum fraction of the time that is spent writing checkpoints, and minimum number of seconds between two checkpoints. */
const CHECKPOINT_SHARE = 1 / 20;
const CHECKPOINT_SECONDS = 5;

/** Storage of the run, which all tabs of this page share. */
export const runStorage = fallbackStorage(browserStorage("run"));

/** Creates a controller of one run at a time, which the page can pause, resume and stop. */
export function createTraining() {
  let requestedState: RequestedState = "running";
  let wake = () => {};
  let isRunning = false;
  /** Returns the requested state, which the page may change while the run waits. */
  const requested = () => requestedState;

  async function train(
    device: Device,
    modelBytes: number,
    emit: (event: TrainingEvent) => void,
    optionsOf: (loaded: (progress: Loaded) => void) => TrainerOptions,
  ): Promise<void> {
    const part = totalProgress(engineBytes[device] + modelBytes, (loaded) => emit({ type: "loading", ...loaded }));
    requestedState = "running";
    isRunning = true;
    try {
      const executor = reporting(await openExecutor(device, part()), emit);
      const trainer = await createTrainer({
        ...optionsOf(part()),
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
    const translate = createTranslator(emit);
    const checkpoints = createCheckpointSchedule();
    for await (const event of trainer.run()) {
      translate(event);
      if (event.type === "step") {
        await yieldToMessages();
        if (requested() === "paused" || checkpoints.isDue()) {
          checkpoints.begin();
          trainer.requestCheckpoint();
        }
      }
      const unsaved = runStorage.unsaved();
      if (unsaved !== undefined) emit({ type: "unsaved", reason: unsaved });
      if (event.type === "checkpoint") {
        checkpoints.end();
        if (requested() === "paused") emit({ type: "paused", step: event.step });
        while (requested() === "paused") await new Promise<void>((resolve) => (wake = resolve));
      }
      if (requested() === "stopped") trainer.finish();
    }
  }

  return {
    isRunning: () => isRunning,
    request(state: RequestedState): void {
      requestedState = state;
      wake();
    },
    start({ data, start, device, settings }: TrainingRequest, emit: (event: TrainingEvent) => void): Promise<void> {
      const { train: examples, evaluation, labels, vocabulary } = data;
      return train(device, startFacts[start].bytes, emit, (loaded) => ({
        ...{
          model: startModel(start, vocabulary, loaded),
          randomWeights: start === "tiny",
          train: examples,
          evaluation,
          ...(labels && { labels }),
        },
        ...{ ...settings, lowercase: true, warmup: 0.1, paddedLengths: PADDED_LENGTHS },
        ...(settings.batchSize !== undefined && { evaluationBatchSize: settings.batchSize }),
      }));
    },
    /** Resumes the saved run. A run of the command line also needs its data files. */
    async resume(dataFiles: ReadonlyMap<string, Blob>, emit: (event: TrainingEvent) => void): Promise<void> {
      const run = await summarizeRun(runStorage);
      if (run?.state !== "unfinished")
        throw new BertieError(
          "checkpoint/none",
          "there is no run to resume. Start a new run, or open an interrupted run.",
        );
      const hasGpu = (await findDevices()).webgpu !== undefined;
      const device = run.device === "webgpu" && hasGpu ? "webgpu" : "cpu";
      await train(device, 0, emit, () => ({ resume: true, resumeAnyway: true, dataFiles }));
    },
  };
}

/** Returns an executor that reports the programs that it compiles. */
function reporting(executor: Executor, emit: (event: TrainingEvent) => void): Executor {
  let program = 0;
  return {
    ...executor,
    compile(traced) {
      emit({ type: "compiling", program: ++program });
      return executor.compile(traced);
    },
  };
}

/** Translates the events of a run to the events that the page shows. */
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
        first ??= { step, seconds }; // the first step is slower than the others
        const measured = { steps: step - first.step, seconds: seconds - first.seconds };
        const isKnown = measured.steps >= MEASURED.steps && measured.seconds >= MEASURED.seconds;
        const secondsLeft = isKnown ? (measured.seconds / measured.steps) * (steps - step) : undefined;
        emit({ type: "step", step, steps, loss, examplesPerSecond, secondsLeft });
        break;
      }
      case "sample":
        emit({ type: "sample", step: event.step, accuracy: event.accuracy });
        break;
      case "checkpoint":
        if (runStorage.unsaved() === undefined) emit({ type: "saved", step: event.step });
        break;
      case "data":
        for (const { code, message } of event.warnings) emit({ type: "warning", code, message });
        break;
      case "note":
        // Every base model lacks the weights of the classifier.
        if (event.level === "warning" && !event.message.includes("initialized at random"))
          emit({ type: "warning", ...(event.code && { code: event.code }), message: event.message });
        break;
      case "phase-start":
        if (event.phase === "evaluation") emit({ type: "evaluating" });
        break;
    }
  };
}

/** Creates a schedule for checkpoints that limits the share of the time spent on writing them. */
function createCheckpointSchedule() {
  let startTime: number | undefined;
  let endTime = 0;
  let duration = 0; // milliseconds
  return {
    isDue: () => performance.now() - endTime > Math.max(CHECKPOINT_SECONDS * 1000, duration / CHECKPOINT_SHARE),
    begin() {
      startTime = performance.now();
    },
    end() {
      endTime = performance.now();
      if (startTime !== undefined) duration = endTime - startTime;
      startTime = undefined;
    },
  };
}

/** Yields to the event loop, so that the worker handles messages of the page. Runs on WebAssembly never yield otherwise. */
function yieldToMessages(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
