import { BertieError } from "@bertie/common";
import type { SplitExamples } from "@bertie/data";
import { readParameters } from "@bertie/optim";
import type { Loaded } from "../files/fetch-kept.ts";
import { openFolder } from "../files/opfs.ts";
import { findRun, findTexts, findWeights, type KeptRun, keepRun, keepTexts } from "../fine-tune/kept-run.ts";
import { loadStartModel, type StartName } from "../fine-tune/start-models.ts";
import {
  type Course,
  type Evaluation,
  evaluateOn,
  runTraining,
  startCourse,
  type TrainingEvent,
  type TrainingSettings,
} from "../fine-tune/training.ts";
import { serve } from "../workers/serve.ts";
import { type Device, type Devices, findDevices, openExecutor } from "./devices.ts";
import { readStoredModel, type StoredModel } from "./directory.ts";
import { createExplainer, type Explanation, type TextPair } from "./explain.ts";
import { factsAfterTraining } from "./facts.ts";
import { type LiveModel, openModel } from "./live.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { directoryFiles, type ModelFile } from "./save.ts";

export interface TrainingRequest {
  readonly texts: SplitExamples;
  readonly start: StartName;
  readonly device: Device;
  readonly maxLength: number;
  readonly settings: TrainingSettings;
}

/** What happens in a run, as the page sees it. */
export type RunEvent =
  | ({ readonly type: "loading"; readonly what: "engine" | "model" } & Loaded)
  | { readonly type: "preparing" }
  | TrainingEvent
  | { readonly type: "kept"; readonly step: number }
  | { readonly type: "paused"; readonly step: number }
  | { readonly type: "evaluating" };

export interface ModelSummary {
  readonly name: string;
  readonly labels: readonly string[];
  /** Whether it was trained here. */
  readonly trained: boolean;
}

/** A run that was kept: one that can go on, or the model that came of it. */
export interface KeptSummary {
  readonly name: string;
  readonly labels: readonly string[];
  readonly course: Course;
  readonly evaluation: Evaluation | undefined;
}

/** Keeping a run takes at most this part of the time, and happens at most so often. */
const KEEPING_SHARE = 1 / 20;
const KEEPING_SECONDS = 5;

const alone = oneAtATime();
let current: { model: LiveModel; explain: (text: TextPair) => Promise<Explanation>; trained: boolean } | undefined;
/** What the page wants of the run that is going on. */
let wish: "go" | "pause" | "stop" = "go";
let wake: () => void = () => {};
let training = false;

const service = {
  devices: (): Promise<Devices> => findDevices(),

  /** The run that is kept from an earlier visit. */
  async kept(): Promise<KeptSummary | undefined> {
    const run = await findRun(await openFolder("run")).catch(() => undefined);
    if (run === undefined) return undefined;
    const { name, labels } = run.facts;
    return { name, labels, course: run.course, evaluation: run.evaluation };
  },

  train: (request: TrainingRequest, emit: Emit) => inThisTabAlone(() => train(request, emit)),

  /** Goes on with the run that is kept. */
  resume: (_: undefined, emit: Emit) => inThisTabAlone(() => resume(emit)),

  async discard(): Promise<void> {
    await (await openFolder("run")).clear();
  },

  pause: () => ask("pause"),
  go: () => ask("go"),
  stop: () => ask("stop"),

  /** Loads a model directory; its files by name. */
  async load({
    name,
    files,
  }: {
    readonly name: string;
    readonly files: ReadonlyMap<string, Blob>;
  }): Promise<ModelSummary> {
    refuseWhileTraining();
    return open(await readStoredModel(name, files), false);
  },

  /** The model that is there: that of the page, or that of the run which is kept. */
  async model(): Promise<ModelSummary | undefined> {
    if (current !== undefined) return summary();
    const folder = await openFolder("run").catch(() => undefined);
    const kept = folder && (await findRun(folder).catch(() => undefined));
    if (folder === undefined || kept?.evaluation === undefined) return undefined;
    const { facts } = kept;
    return open({ facts, parameters: await findWeights(folder, kept) }, true);
  },

  async explain(text: TextPair): Promise<Explanation> {
    if (current === undefined) throw new BertieError("input/no-model", "there is no model yet: fine-tune or load one");
    const { explain } = current;
    return alone(() => explain(text));
  },

  /** The model as the files of a directory. */
  async files(): Promise<readonly ModelFile[]> {
    if (current === undefined) throw new BertieError("input/no-model", "there is no model yet: fine-tune or load one");
    const { model } = current;
    return alone(async () => directoryFiles(model.facts, await readParameters(model.executor, model.classifier)));
  },
};

export type ModelService = typeof service;
type Emit = (event: RunEvent) => void;

serve(service);

/** There is one run for all tabs of this page: none trains while another does. */
async function inThisTabAlone<T>(job: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator)) return job();
  return navigator.locks.request("run", { ifAvailable: true }, (lock) => {
    if (lock !== null) return job();
    const text = "another tab of this page is training: stop it there, or wait for its end";
    throw new BertieError("browser/other-tab", text);
  });
}

async function train({ texts, start, device, maxLength, settings }: TrainingRequest, emit: Emit): Promise<Evaluation> {
  wish = "go";
  const { labels } = texts;
  const loaded = (what: "engine" | "model") => (progress: Loaded) => emit({ type: "loading", what, ...progress });
  const { seed } = settings;
  const model = await loadStartModel(start, { numLabels: labels.length, seed }, loaded("model"));
  const executor = await openExecutor(device, loaded("engine"));
  const facts = factsAfterTraining(texts, model, maxLength);
  const live = await adopt(await openModel(facts, model.parameters, executor, settings.frozen), true);
  await keepTexts(await openFolder("run"), texts, facts);
  const course = startCourse(texts, settings);
  return run(live, texts, { facts, device, settings, course, evaluation: undefined }, undefined, emit);
}

/** Goes on with the run that is kept. */
async function resume(emit: Emit): Promise<Evaluation> {
  wish = "go";
  const folder = await openFolder("run");
  const kept = await findRun(folder);
  if (kept === undefined) throw new Error("there is no run to go on with");
  const texts = await findTexts(folder);
  const values = await findWeights(folder, kept);
  const executor = await openExecutor(kept.device, (loaded) => emit({ type: "loading", what: "engine", ...loaded }));
  const live = await adopt(await openModel(kept.facts, values, executor, kept.settings.frozen), true);
  return run(live, texts, kept, values, emit);
}

/** Trains, keeps the run from time to time, and evaluates. */
async function run(
  live: LiveModel,
  texts: SplitExamples,
  kept: KeptRun,
  moments: ReadonlyMap<string, Float32Array> | undefined,
  emit: Emit,
): Promise<Evaluation> {
  const { settings, course } = kept;
  const folder = await openFolder("run");
  let keptAt = 0;
  let keptStep = -1;
  let keeping = 0; // milliseconds that it took
  const keep = async () => {
    const start = performance.now();
    await alone(() => keepRun(folder, live, kept));
    keptAt = performance.now();
    keeping = keptAt - start;
    keptStep = course.progress.steps;
    emit({ type: "kept", step: keptStep });
  };

  training = true;
  try {
    emit({ type: "preparing" });
    const events = runTraining(live, texts, settings, course, moments);
    for (let next = await alone(() => events.next()); !next.done; next = await alone(() => events.next())) {
      emit(next.value);
      if (next.value.type !== "step") continue;
      await aTurn();
      const due = Math.max(KEEPING_SECONDS * 1000, keeping / KEEPING_SHARE);
      if (performance.now() - keptAt > due && course.progress.steps < course.steps) await keep();
      if (asked() === "pause") {
        if (keptStep < course.progress.steps) await keep();
        emit({ type: "paused", step: course.progress.steps });
        while (asked() === "pause") await new Promise<void>((resolve) => (wake = resolve));
      }
      if (asked() === "stop") break;
    }
    await events.return(undefined);
    emit({ type: "evaluating" });
    const evaluation = await alone(() => evaluateOn(live, texts, settings));
    await alone(() => keepRun(folder, live, { ...kept, evaluation }));
    emit({ type: "kept", step: course.progress.steps });
    return evaluation;
  } finally {
    training = false;
  }
}

/** Lets the worker take what the page has sent: WebAssembly never waits, so that a run alone gives it no chance to. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function ask(what: typeof wish): void {
  wish = what;
  wake();
}

/** What the page wants by now: it changes while we wait. */
function asked(): typeof wish {
  return wish;
}

async function open({ facts, parameters }: StoredModel, trained: boolean): Promise<ModelSummary> {
  const executor = await openExecutor("cpu", () => {});
  try {
    await adopt(await openModel(facts, parameters, executor), trained);
  } catch (error) {
    await executor.dispose();
    throw error;
  }
  return summary();
}

/** Lets a model take the place of the one before. */
async function adopt(model: LiveModel, trained: boolean): Promise<LiveModel> {
  const before = current;
  current = { model, explain: createExplainer(model), trained };
  await alone(async () => before?.model.executor.dispose());
  return model;
}

function summary(): ModelSummary {
  const { model, trained } = current!;
  return { name: model.facts.name, labels: model.facts.labels, trained };
}

function refuseWhileTraining(): void {
  if (!training) return;
  throw new BertieError("model/in-training", "a model is being trained: stop the training before you load another");
}
