import { BertieError } from "@bertie/common";
import type { FeatureBatch, InputFeatures } from "@bertie/data";
import { dropoutKey } from "@bertie/engine";
import {
  headLayers,
  type NamedTensors,
  parameterName,
  parameterSpecs,
  safetensorsChunks,
  weightTensor,
} from "@bertie/model";
import {
  bertAdamDefaults,
  countSteps,
  type PlannedUpdate,
  plannedUpdates,
  startProgress,
  writeParameters,
} from "@bertie/optim";
import { checkpointFolder } from "../checkpoint/store.ts";
import { baselineOf } from "../probe/baseline.ts";
import { VERSION } from "../version.ts";
import { prepareSet } from "./classify-sets.ts";
import { info, type RunEvent } from "./events.ts";
import { formatJson } from "./output-files.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { batchesOfRun, scheduleOptions } from "./training-plan.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

/** Folder of a workspace with the plan of the run. It is removed when the run is resumed. */
export const PLAN = "plan";

/** Number of lines of updates.jsonl that are written at a time. */
const LINES_PER_WRITE = 256;

/**
 * Writes the plan of the remaining updates of a run, which another program can carry out: `integrations/torch` trains in
 * several processes from the plan. A run without a checkpoint gets one of its initial weights, before the first step.
 *
 * The plan is the folder `plan` of the workspace. `plan.json` describes the model, the loss and the optimizer,
 * `updates.jsonl` has one line per update (learning rate, rows and padded length of each micro-batch, dropout keys, and
 * the progress after the update), and `features.safetensors` contains the tokenized training set.
 *
 * The generator throws BertieError "options/write-plan" if another program cannot carry out the run, "output/…" if the
 * workspace cannot be written, and the reason of the signal.
 *
 * @param prepared result of {@link prepareRun}; released when the generator ends
 * @param signal stops the measurement of the baseline
 * @returns the events of the preparation
 *
 * @example
 * ```ts ignore
 * import { prepareRun, type RunInput, writePlan } from "@bertie/classifier";
 *
 * declare const input: RunInput; // options, model and data
 * for await (const event of writePlan(await prepareRun(input), undefined)) console.log(event.type);
 * ```
 */
export async function* writePlan(prepared: PreparedRun, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const { data, executor, classifier, checkpoint, workspace } = prepared;
  try {
    const set = data.train;
    if (set === undefined || workspace === undefined) throw refusal("a plan is for training", "Add --do-train");
    checkPlannable(prepared);
    yield* prepared.notes;
    const run = { ...prepared, workspace };
    const batches = batchesOfRun(run, set);
    const lastStep = countSteps(batches.batchesPerEpoch, scheduleOptions(run.options));
    if (checkpoint === undefined) {
      await writeParameters(executor, classifier, run.parameters);
      yield* measureBaseline(run, signal);
      const progress = startProgress();
      await writeCheckpoint(run, { progress, lastStep, order: batches.orderState(0), scores: [] }, undefined);
      yield { type: "checkpoint", step: 0, path: workspace.locate(checkpointFolder(0)) };
    }
    const first = checkpoint?.state.progress.steps ?? 0;
    if (first >= lastStep) throw refusal(`all ${lastStep} updates are complete`, "Resume the run without --write-plan");
    await workspace.stage(PLAN, async (folder) => {
      await folder.write("plan.json", formatJson(describe(run, first, lastStep)));
      await folder.write("features.safetensors", safetensorsChunks(featureTensors(set.features)));
      await folder.write("updates.jsonl", updateLines(run, batches));
    });
    yield info(`plan of updates ${first + 1} to ${lastStep}: ${workspace.locate(PLAN)}`);
  } finally {
    await prepared.release();
  }
}

/**
 * Checks that another program can carry out the updates of a run.
 *
 * @throws BertieError "options/write-plan" with the name of the option that prevents it
 */
function checkPlannable({ options, precision }: PreparedRun): void {
  const { metric, headOnly } = options;
  if (precision.name !== "fp32")
    throw refusal(`a plan requires fp32, but the precision is ${precision.name}`, "Remove --precision and --fp16");
  if (metric !== undefined)
    throw refusal(
      `metric (--metric ${metric}) requires evaluations during training, which a plan does not contain`,
      "Remove --metric and --early-stopping",
    );
  if (headOnly) throw refusal("headOnly (--head-only) trains no encoder", "Remove --head-only, or --write-plan");
}

function refusal(problem: string, remedy: string): BertieError {
  return new BertieError("options/write-plan", `${problem}. ${remedy}.`);
}

/** Measures the baseline, which has to be known before the first update. */
async function* measureBaseline(run: PreparedRun, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const [evaluation] = run.data.evaluations;
  if (evaluation === undefined) return;
  const prepared = await prepareSet(run, evaluation);
  yield* baselineOf(run, prepared, signal);
  await prepared.options.programs?.dispose();
}

/** Returns the contents of plan.json. */
function describe(run: PreparedRun, first: number, last: number) {
  const {
    model: { config },
    classifier,
    options,
    checkpoint,
  } = run;
  const { modelType = "bert" } = config;
  const head = headLayers(config);
  const bertNames = new Map([
    ...parameterSpecs({ ...config, modelType: "bert" }, 1).map(
      ({ name }) => [parameterName(modelType, name), name.replace(/^bert\./, "")] as const,
    ),
    ...["weight", "bias"].flatMap((kind) => [
      [`${head.hidden}.${kind}`, `head.hidden.${kind}`] as const,
      [`${head.output}.${kind}`, `head.output.${kind}`] as const,
    ]),
  ]);
  const { labels, ...sizes } = config;
  return {
    format: 1,
    version: VERSION,
    steps: { first, last },
    model: { ...sizes, modelType, headActivation: head.activation },
    parameters: classifier.parameters.map(({ name, shape, decay, frozen = false, rateFactor = 1 }) => ({
      ...{ name, bertName: bertNames.get(name), shape, decay, frozen, rateFactor },
    })),
    loss: classifier.loss,
    optimizer: bertAdamDefaults,
    maxLength: options.maxLength,
    keepCheckpoints: options.keepCheckpoints,
    // The setting of the checkpoint, so that the plan and the checkpoints that it leads to can be compared.
    setting: checkpoint?.state.setting ?? run.setting,
  };
}

/** Yields the lines of updates.jsonl. */
async function* updateLines(
  { options, classifier, checkpoint }: PreparedRun,
  data: ReturnType<typeof batchesOfRun>,
): AsyncGenerator<Uint8Array> {
  const { seed, checkpointSteps } = options;
  const encoder = new TextEncoder();
  const progress = checkpoint?.state.progress ?? startProgress();
  let lines: string[] = [];
  const lineOf = ({ batches, seen, ...update }: PlannedUpdate<FeatureBatch>) => ({
    step: update.progress.steps,
    learningRate: update.learningRate,
    weight: update.weight,
    epoch: update.epoch,
    startsEpoch: update.startsEpoch,
    checkpoint: update.endsEpoch || update.progress.steps % checkpointSteps === 0,
    batches: batches.map(({ rows, length }, i) => ({ length, dropoutKey: dropoutKey([seed, seen + i]), rows })),
    progress: update.progress,
    order: data.orderState(update.progress.epoch),
  });
  for (const update of plannedUpdates(data, scheduleOptions(options), progress, classifier.loss)) {
    lines.push(`${JSON.stringify(lineOf(update))}\n`);
    if (lines.length < LINES_PER_WRITE) continue;
    yield encoder.encode(lines.join(""));
    lines = [];
  }
  yield encoder.encode(lines.join(""));
}

/**
 * Returns the tensors of features.safetensors: the tokens of all rows one after another, the index at which each row
 * starts, and the labels or targets.
 */
function featureTensors(features: readonly InputFeatures[]): NamedTensors {
  const offsets = new BigInt64Array(features.length + 1);
  for (const [i, { inputIds }] of features.entries()) offsets[i + 1] = offsets[i]! + BigInt(inputIds.length);
  const total = Number(offsets.at(-1));
  const joined = (key: "inputIds" | "inputMask" | "segmentIds") => {
    const values = new Int32Array(total);
    for (const [i, feature] of features.entries()) values.set(feature[key], Number(offsets[i]));
    return bytesOf(values);
  };
  const width = features[0]!.targets?.length;
  const labels = () => bytesOf(Int32Array.from(features, ({ labelId }) => labelId ?? -1));
  const targets = () => bytesOf(Float32Array.from(features.flatMap(({ targets }) => [...targets!])));
  return new Map([
    ["offsets", weightTensor("int64", [features.length + 1], () => bytesOf(offsets))],
    ["input_ids", weightTensor("int32", [total], () => joined("inputIds"))],
    ["attention_mask", weightTensor("int32", [total], () => joined("inputMask"))],
    ["token_type_ids", weightTensor("int32", [total], () => joined("segmentIds"))],
    width === undefined
      ? ["labels", weightTensor("int32", [features.length], labels)]
      : ["targets", weightTensor("float32", [features.length, width], targets)],
  ]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
