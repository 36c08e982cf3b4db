import type { SplitExamples } from "@bertie/data";
import { bertConfigFromJson, bertConfigToJson } from "@bertie/model";
import { momentsOf, type Parameter, type StateSpec } from "@bertie/optim";
import type { FileChunk, Folder } from "../files/opfs.ts";
import type { Device } from "../model/devices.ts";
import type { ModelFacts } from "../model/facts.ts";
import type { LiveModel } from "../model/live.ts";
import { classifierOf } from "../model/live.ts";
import type { Course, Evaluation, TrainingSettings } from "./training.ts";

/** A run that is kept in the browser, so that it outlives the page. */
export interface KeptRun {
  readonly facts: ModelFacts;
  readonly device: Device;
  readonly settings: TrainingSettings;
  readonly course: Course;
  /** There once the run is at its end. */
  readonly evaluation: Evaluation | undefined;
}

/** What stands in run.json: all but the vocabulary, and which of two files holds the weights that belong to it. */
type Record = Omit<KeptRun, "facts"> & {
  readonly facts: Omit<ModelFacts, "vocab" | "config"> & { readonly config: string };
  readonly weights: string;
};

const FILES = ["weights-0.bin", "weights-1.bin"] as const;

/** Keeps what does not change in a run. */
export async function keepTexts(folder: Folder, texts: SplitExamples, { vocab }: ModelFacts): Promise<void> {
  await folder.clear();
  await folder.write("texts.json", [JSON.stringify(texts)]);
  await folder.write("vocab.txt", [vocab.slice()]);
}

/**
 * Keeps a run as it stands: first the weights, with the moments while it is unfinished, beside those kept before; then
 * run.json, which says that they count. Whatever happens on the way, one of the two is whole.
 */
export async function keepRun(folder: Folder, { executor }: LiveModel, run: KeptRun): Promise<void> {
  const before = await readRecord(folder);
  const weights = FILES.find((name) => name !== before?.weights)!;
  async function* values(): AsyncGenerator<FileChunk> {
    for (const { name } of tensorsOf(run)) {
      const { data } = await executor.read(name);
      yield new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    }
  }
  await folder.write(weights, values());
  const { vocab: _, config, ...facts } = run.facts;
  const record: Record = { ...run, facts: { ...facts, config: bertConfigToJson(config, facts.labels) }, weights };
  await folder.write("run.json", [JSON.stringify(record)]);
}

/** The run that is kept, without its texts and weights; undefined if there is none. */
export async function findRun(folder: Folder): Promise<KeptRun | undefined> {
  const record = await readRecord(folder);
  const vocab = await folder.read("vocab.txt");
  if (record === undefined || vocab === undefined) return undefined;
  const { weights: _, ...run } = record;
  const config = bertConfigFromJson(run.facts.config, "config.json");
  return { ...run, facts: { ...run.facts, config, vocab: new Uint8Array(await vocab.arrayBuffer()) } };
}

export async function findTexts(folder: Folder): Promise<SplitExamples> {
  const file = await folder.read("texts.json");
  if (file === undefined) throw new Error("the texts of the run are gone");
  return JSON.parse(await file.text()) as SplitExamples;
}

/** Parameters and moments of the run that is kept, by name. */
export async function findWeights(folder: Folder, run: KeptRun): Promise<Map<string, Float32Array>> {
  const record = await readRecord(folder);
  const file = record && (await folder.read(record.weights));
  if (file === undefined) throw new Error("the weights of the run are gone");
  const values = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape } of tensorsOf(run)) {
    const end = at + 4 * shape.reduce((size, length) => size * length, 1);
    values.set(name, new Float32Array(await file.slice(at, end).arrayBuffer()));
    at = end;
  }
  return values;
}

/** What is kept of a run, in the order of the file. */
function tensorsOf({ facts, settings, evaluation }: KeptRun): readonly (Parameter | StateSpec)[] {
  const classifier = classifierOf(facts, settings.frozen);
  if (evaluation !== undefined) return classifier.parameters;
  const { first, second } = momentsOf(classifier);
  return [...classifier.parameters, ...first, ...second];
}

async function readRecord(folder: Folder): Promise<Record | undefined> {
  const file = await folder.read("run.json");
  return file && (JSON.parse(await file.text()) as Record);
}
