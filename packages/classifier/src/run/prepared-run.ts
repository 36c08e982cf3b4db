import type { ChosenPrecision, Executor, InferencePrecision } from "@bertie/engine";
import type { ModelDirectory, ParameterSpec } from "@bertie/model";
import type { Classifier } from "@bertie/optim";
import type { Checkpoint, RunSetting } from "../checkpoint/checkpoint.ts";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { RunData } from "../data/data-set.ts";
import type { InputFile, Workspace } from "../storage/storage.ts";
import type { RunEvent } from "./events.ts";
import type { TrainingOptions } from "./options.ts";

/** Run whose input has been read and validated. */
export interface PreparedRun {
  readonly options: TrainingOptions;
  /** Options for run.json, under the names of the command line's options in camel case. */
  readonly record: OptionRecord;
  readonly model: Pick<ModelDirectory, "config" | "vocab" | "tokenizer">;
  readonly lowerCase: boolean;
  readonly data: RunData;
  /** Names and shapes of all parameters. */
  readonly specs: readonly ParameterSpec[];
  readonly classifier: Classifier;
  /** Initial parameters by name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly executor: Executor;
  readonly threads: number | undefined;
  readonly precision: ChosenPrecision<InferencePrecision>;
  /** Executor of the optimizer; undefined if the main executor runs the optimizer. */
  readonly optimizerExecutor: Executor | undefined;
  /** Workspace for the results; undefined if nothing is written. */
  readonly workspace: Workspace | undefined;
  /** Whether a finished run may be replaced. */
  readonly overwrite: boolean;
  /** Checkpoint to resume from; undefined for a new run. */
  readonly checkpoint: Checkpoint | undefined;
  /** Settings to record in checkpoints, which are compared when the run is resumed. */
  readonly setting: RunSetting;
  /** All files that were read. */
  readonly inputFiles: readonly InputFile[];
  /** Operating system and CPU; undefined if unknown. */
  readonly platform: string | undefined;
  /** Name of the machine for TensorBoard; undefined if unknown. */
  readonly host: string | undefined;
  /** Notes for the user, yielded before the run starts. */
  readonly notes: readonly RunEvent[];
  readonly requests: RunRequests;
  /** Closes the workspace and disposes the executors. May be called repeatedly. */
  release(): Promise<void>;
}

/** Requests to a run in progress, see `Trainer`. */
export interface RunRequests {
  /** Whether to write a checkpoint after the current step. */
  checkpoint: boolean;
  /** Whether to end training after the current step, then evaluate and write the results. */
  finish: boolean;
  /** Number of accuracy measurements during training (`times`), and of held-out rows in each (`rows`). */
  readonly samples?: { readonly times: number; readonly rows: number } | undefined;
}
