import { BertieError, type RandomState } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import { readSafetensors, safetensorsHeader } from "@bertie/model";
import type { StateSpec, TrainProgress } from "@bertie/optim";
import type { RunOptions } from "../options/run-options.ts";
import { formatJson } from "../report/json-lines.ts";
import type { Score } from "../run/best.ts";
import type { FileWriter } from "../run/new-folder.ts";
import { damaged, readProven } from "./manifest.ts";

/** The files of a checkpoint that hold its state. With config.json, vocabulary and run.json it is a model directory, too. */
export const FILES = {
  weights: "model.safetensors",
  firstMoments: "first_moments.safetensors",
  secondMoments: "second_moments.safetensors",
  metrics: "metrics.jsonl",
  state: "state.json",
};

/** What state.json holds: all of a run's state that is no tensor, and what the run was asked and given. */
export interface RunState {
  readonly format: 1;
  readonly progress: TrainProgress;
  /** Of the generator that draws the epochs' order: see `TrainingBatches`. */
  readonly order: RandomState;
  /** Of the evaluations so far. */
  readonly scores: readonly Score[];
  readonly setting: RunSetting;
}

/** What a run must have in common with the one that it goes on with. */
export interface RunSetting {
  /** Paths are absolute. */
  readonly options: Partial<RunOptions>;
  /** The names of the options that the user gave. */
  readonly given: readonly string[];
  readonly engine: string;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** A checkpoint that was read and found whole. */
export interface Checkpoint {
  readonly state: RunState;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** None behind the last step. */
  readonly moments: Map<string, Float32Array>;
  /** The contents of metrics.jsonl. */
  readonly metrics: string;
}

/**
 * Reads a checkpoint.
 *
 * @throws BertieError "checkpoint/damaged", "checkpoint/version", or "input/not-read" where the disk fails
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const files = await readProven(path);
  const part = (name: string): Uint8Array => {
    const contents = files.get(name);
    if (contents === undefined) throw damaged(path, `${name} is missing`);
    return contents;
  };
  const text = (name: string) => new TextDecoder().decode(part(name));
  const state = JSON.parse(text(FILES.state)) as RunState;
  if (state.format !== 1) {
    const message = `${path}: was written by another version of Bertie (${JSON.stringify(state.setting?.versions)}); go on with that`;
    throw new BertieError("checkpoint/version", message);
  }
  return {
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

/** Reads a checkpoint's weights alone. */
export async function readCheckpointWeights(path: string): Promise<ReadonlyMap<string, Float32Array>> {
  const files = await readProven(path, [FILES.weights]);
  return tensorsIn(files.get(FILES.weights)!, FILES.weights);
}

function tensorsIn(contents: Uint8Array, fileName: string): Map<string, Float32Array> {
  return new Map(Array.from(readSafetensors(contents, fileName), ([name, tensor]) => [name, tensor.toFloat32()]));
}

/** Writes tensors that stand in an executor as a safetensors file: one at a time, so that there is no second copy of all. */
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

/** Weights that are broken must not take the place of good ones. */
function requireFinite(name: string, values: Float32Array): void {
  const broken = firstBroken(values);
  if (broken === undefined) return;
  const text = `${name} holds ${broken} after this step, so no checkpoint is made of it: lower the learning rate`;
  throw new BertieError("train/not-finite", text);
}

/** By index: `find`, or an iterator, takes four times as long for as many values as a model has. */
function firstBroken(values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return values[i];
  return undefined;
}

export async function writeState(folder: FileWriter, state: RunState): Promise<void> {
  await folder.write(FILES.state, formatJson(state));
}
