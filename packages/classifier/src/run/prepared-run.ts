import type { ChosenPrecision, Executor } from "@bertie/engine";
import type { ModelDirectory, ParameterSpec } from "@bertie/model";
import type { Classifier } from "@bertie/optim";
import type { Checkpoint, RunSetting } from "../checkpoint/checkpoint.ts";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { RunData } from "../data/data-set.ts";
import type { InputFile, Workspace } from "../storage/storage.ts";
import type { RunEvent } from "./events.ts";
import type { TrainingOptions } from "./options.ts";

/** A run whose input has been read and checked. */
export interface PreparedRun {
  readonly options: TrainingOptions;
  /** The options for run.json, by the names of the command line's in camel case. */
  readonly record: OptionRecord;
  readonly model: Pick<ModelDirectory, "config" | "vocab">;
  readonly lowerCase: boolean;
  readonly data: RunData;
  readonly specs: readonly ParameterSpec[];
  readonly classifier: Classifier;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly executor: Executor;
  readonly threads: number | undefined;
  readonly precision: ChosenPrecision;
  /** Where the optimizer runs, if not on the executor. */
  readonly optimizerExecutor: Executor | undefined;
  /** Undefined where nothing is written. */
  readonly workspace: Workspace | undefined;
  /** Whether a finished run may be replaced. */
  readonly overwrite: boolean;
  /** Undefined unless the run is resumed. */
  readonly checkpoint: Checkpoint | undefined;
  /** The settings that a run which resumes this one is compared with. */
  readonly setting: RunSetting;
  /** Every file that was read. */
  readonly inputFiles: readonly InputFile[];
  /** The operating system and processor, where they are known. */
  readonly platform: string | undefined;
  /** Notes for the user, shown before the run starts. */
  readonly notes: readonly RunEvent[];
  readonly requests: RunRequests;
  /** Closes the workspace and disposes of the executors; does nothing when it is called again. */
  release(): Promise<void>;
}

/** Requests to a run in progress; see `Trainer`. */
export interface RunRequests {
  /** Write a checkpoint after the current step. */
  checkpoint: boolean;
  /** End training after the current step, then evaluate and write the results. */
  finish: boolean;
  /** How many times the accuracy on how many rows of the evaluation set is measured during training. */
  readonly samples?: { readonly times: number; readonly rows: number } | undefined;
}
