import { BertieError, type RandomState } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import { readSafetensors, safetensorsHeader } from "@bertie/model";
import type { StateSpec, TrainProgress } from "@bertie/optim";
import type { Score } from "../run/scores.ts";
import type { FileWriter } from "../storage/storage.ts";
import { type CheckpointSource, damaged, readVerified } from "./manifest.ts";

/** The files of a checkpoint that hold its state. With config.json, vocab.txt and run.json, the checkpoint is also a model directory. */
export const FILES = {
  weights: "model.safetensors",
  firstMoments: "first_moments.safetensors",
  secondMoments: "second_moments.safetensors",
  metrics: "metrics.jsonl",
  state: "state.json",
};

/** The contents of state.json: a run's state except for its tensors, and the run's options and input files. */
export interface RunState {
  readonly format: 1;
  readonly progress: TrainProgress;
  /** Number of updates in the whole run; missing in checkpoints of earlier versions. */
  readonly lastStep?: number;
  /** State of the generator that draws the epochs' order: see `TrainingBatches`. */
  readonly order: RandomState;
  /** The evaluations so far, by the run's metric. */
  readonly scores: readonly Score[];
  readonly setting: RunSetting;
}

/** What a run must have in common with the run that it resumes. */
export interface RunSetting {
  /** By the names of the command line's options, in camel case: see `recordOf()`. Paths are absolute. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The names of the options that the user set. */
  readonly given: readonly string[];
  readonly engine: string;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** A checkpoint that was read and validated. */
export interface Checkpoint {
  /** The folder that it was read from. */
  readonly folder: string;
  readonly state: RunState;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Empty after the last step. */
  readonly moments: Map<string, Float32Array>;
  /** The contents of metrics.jsonl. */
  readonly metrics: string;
}

/**
 * Reads a checkpoint.
 *
 * @throws BertieError "checkpoint/damaged", "checkpoint/version", or "input/not-read" where the disk fails
 */
export async function readCheckpoint(source: CheckpointSource, folder: string): Promise<Checkpoint> {
  const path = source.locate(folder);
  const files = await readVerified(source, folder);
  const part = (name: string): Uint8Array => {
    const contents = files.get(name);
    if (contents === undefined) throw damaged(path, `${name} is missing`);
    return contents;
  };
  const text = (name: string) => new TextDecoder().decode(part(name));
  const state = JSON.parse(text(FILES.state)) as RunState;
  if (state.format !== 1) {
    const message = `${path}: was written by another version of Bertie (${JSON.stringify(state.setting?.versions)}); resume with that version`;
    throw new BertieError("checkpoint/version", message);
  }
  return {
    folder,
    state,
    parameters: tensorsIn(part(FILES.weights), FILES.weights),
    moments: new Map(
      [FILES.firstMoments, FILES.secondMoments]
        .filter((name) => files.has(name))
        .flatMap((name) => [...tensorsIn(part(name), name)]),
    ),
    metrics: text(FILES.metrics),
  };
}

/** Reads only the weights of a checkpoint. */
export async function readCheckpointWeights(
  source: CheckpointSource,
  folder: string,
): Promise<ReadonlyMap<string, Float32Array>> {
  const files = await readVerified(source, folder, [FILES.weights]);
  return tensorsIn(files.get(FILES.weights)!, FILES.weights);
}

function tensorsIn(contents: Uint8Array, fileName: string): Map<string, Float32Array> {
  return new Map(Array.from(readSafetensors(contents, fileName), ([name, tensor]) => [name, tensor.toFloat32()]));
}

/** Writes tensors of an executor's state as a safetensors file, one at a time: there is no second copy of all of them. */
export async function writeTensors(
  folder: FileWriter,
  name: string,
  executor: Executor,
  specs: readonly StateSpec[],
): Promise<void> {
  await folder.write(name, stateChunks(executor, specs));
}

async function* stateChunks(executor: Executor, specs: readonly StateSpec[]): AsyncGenerator<Uint8Array> {
  const tensors = new Map(specs.map(({ name, shape }) => [name, { dtype: "float32", shape } as const]));
  const { header, names } = safetensorsHeader(tensors);
  yield header;
  for (const name of names) {
    const { data } = await executor.read(name);
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    requireFinite(name, values);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

/** Broken weights must not take the place of good ones. */
function requireFinite(name: string, values: Float32Array): void {
  const broken = firstBroken(values);
  if (broken === undefined) return;
  const text = `${name} holds ${broken} after this step, so no checkpoint is written: lower the learning rate`;
  throw new BertieError("train/not-finite", text);
}

/** Loops by index: `find` or an iterator takes four times as long on a model's weights. */
function firstBroken(values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return values[i];
  return undefined;
}

export async function writeState(folder: FileWriter, state: RunState): Promise<void> {
  await folder.write(FILES.state, `${JSON.stringify(state, null, 2)}\n`);
}
