import { BertieError, type RandomState } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import { readSafetensors, safetensorsHeader } from "@bertie/model";
import type { StateSpec, TrainProgress } from "@bertie/optim";
import type { Score } from "../run/scores.ts";
import type { FileWriter } from "../storage/storage.ts";
import { type CheckpointSource, damaged, readVerified } from "./manifest.ts";

/**
 * Names of the files of a checkpoint that contain its state. Together with config.json, vocab.txt and run.json, they
 * also form a model directory.
 */
export const FILES = {
  weights: "model.safetensors",
  firstMoments: "first_moments.safetensors",
  secondMoments: "second_moments.safetensors",
  metrics: "metrics.jsonl",
  state: "state.json",
};

/** Contents of state.json: the state of a run without its tensors, including its options and input files. */
export interface RunState {
  readonly format: 1;
  readonly progress: TrainProgress;
  /** Total number of updates in the run; missing in checkpoints of earlier versions. */
  readonly lastStep?: number;
  /** State of the random number generator for the order of the examples, see `TrainingBatches`. */
  readonly order: RandomState;
  /** Values of the run's metric so far. */
  readonly scores: readonly Score[];
  readonly setting: RunSetting;
}

/** Settings of a run, which are compared when the run is resumed. */
export interface RunSetting {
  /** Options under the names of the command line's options in camel case, see `optionsOf()`. Paths are absolute. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of the options that the user has set. */
  readonly given: readonly string[];
  readonly engine: string;
  readonly device: string;
  /** Versions of Bertie, the runtime and the engine, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Paths and SHA-256 hashes of all input files. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** Checkpoint that has been read and verified. */
export interface Checkpoint {
  /** Folder of the checkpoint in the workspace. */
  readonly folder: string;
  readonly state: RunState;
  /** Model weights by name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** First and second moments of the optimizer by name. Empty after the last step. */
  readonly moments: Map<string, Float32Array>;
  /** Contents of metrics.jsonl. */
  readonly metrics: string;
}

/**
 * Reads and verifies a checkpoint.
 *
 * @throws BertieError "checkpoint/damaged" if a file is missing or differs from the manifest, "checkpoint/version" if the
 *   checkpoint has another format, "input/not-read" if the disk fails
 */
export async function readCheckpoint(source: CheckpointSource, folder: string): Promise<Checkpoint> {
  const path = source.locate(folder);
  const files = await readVerified(source, folder);
  const required = (name: string): Uint8Array => {
    const contents = files.get(name);
    if (contents === undefined) throw damaged(path, `${name} is missing`);
    return contents;
  };
  const text = (name: string) => new TextDecoder().decode(required(name));
  const state = JSON.parse(text(FILES.state)) as RunState;
  if (state.format !== 1) {
    const message = `${path}: the checkpoint was written by another version of Bertie (${JSON.stringify(state.setting?.versions)}). Resume the run with that version.`;
    throw new BertieError("checkpoint/version", message);
  }
  return {
    folder,
    state,
    parameters: tensorsIn(required(FILES.weights), FILES.weights),
    moments: new Map(
      [FILES.firstMoments, FILES.secondMoments]
        .filter((name) => files.has(name))
        .flatMap((name) => [...tensorsIn(required(name), name)]),
    ),
    metrics: text(FILES.metrics),
  };
}

/** Reads only the weights of a checkpoint. Throws the errors of {@link readCheckpoint}. */
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

/**
 * Writes tensors of the state of an executor to a safetensors file. The tensors are read one at a time to limit memory.
 *
 * @throws BertieError "train/not-finite" if a tensor contains NaN or an infinity
 */
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

/** Checks that a tensor is finite, so that checkpoints with unusable weights never replace valid checkpoints. */
function requireFinite(name: string, values: Float32Array): void {
  const value = firstNonFinite(values);
  if (value === undefined) return;
  const text = `${name} contains ${value} after this step, so no checkpoint is written. Lower the learning rate.`;
  throw new BertieError("train/not-finite", text);
}

/** Returns the first value that is not finite. `find()` or an iterator would take four times as long as this loop. */
function firstNonFinite(values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return values[i];
  return undefined;
}

/** Writes state.json. */
export async function writeState(folder: FileWriter, state: RunState): Promise<void> {
  await folder.write(FILES.state, `${JSON.stringify(state, null, 2)}\n`);
}
