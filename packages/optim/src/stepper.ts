import type { Batch, BatchShape } from "@bertie/common";
import { type CompiledProgram, type Executor, float32, scalar, sizeOf, type TensorData } from "@bertie/engine";
import { batchFeeds, type Classifier, trainedParameters } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import {
  accumulator,
  firstMoment,
  type StepOptions,
  secondMoment,
  traceAccumulation,
  traceStep,
  traceUpdate,
} from "./programs.ts";

export interface StepperOptions extends StepOptions {
  /** The seed of the dropout masks. */
  readonly seed: number;
  /** How many micro-batches an update may have. Default 1. */
  readonly accumulation?: number;
  /** Shapes that micro-batches will have: their programs are compiled at once. Others are when they come. */
  readonly shapes?: readonly BatchShape[];
  /** Where masters and moments live and updates happen, if not where the gradients are computed. */
  readonly optimizerExecutor?: Executor;
  /** The moments to begin with, by the names of {@link momentsOf}. Default: zeros. */
  readonly moments?: ReadonlyMap<string, Float32Array>;
}

/** One update's settings. */
export interface StepInput {
  /** The micro-batches whose gradients make up the update: that of the mean loss of all their examples. */
  readonly batches: readonly Batch[];
  readonly learningRate: number;
  readonly lossScale: number;
  /** The number of micro-batches seen before these: with the seed it determines the dropout masks. */
  readonly seen: number;
}

/** A tensor of float32 in an executor's state. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface StepResult {
  /** The mean loss of each micro-batch. */
  readonly losses: readonly number[];
  /** The norm of the gradient over all trained parameters, before clipping. */
  readonly gradNorm: number;
  /** False if a gradient was not finite, so that the step changed nothing; only with a scaled loss. */
  readonly finite: boolean;
}

export interface Stepper {
  step(input: StepInput): Promise<StepResult>;
  dispose(): Promise<void>;
}

/**
 * Makes updates of a classifier's parameters, which {@link writeParameters} has put into the executor.
 *
 * One micro-batch a step is one run of one program. Where there may be several, or the optimizer is apart from the
 * gradients, each is a run that accumulates, and then comes one that updates.
 */
export async function createStepper(
  executor: Executor,
  classifier: Classifier,
  options: StepperOptions,
): Promise<Stepper> {
  const { seed, optimizerExecutor = executor, accumulation = 1, shapes = [], moments } = options;
  const apart = optimizerExecutor !== executor;
  const inParts = apart || accumulation > 1;
  const trained = trainedParameters(classifier);
  for (const { name, shape } of trained) {
    if (apart) await optimizerExecutor.write(name, await executor.read(name));
    for (const moment of [firstMoment(name), secondMoment(name)]) {
      const values = moments?.get(moment);
      await optimizerExecutor.write(moment, values === undefined ? zeros(shape) : float32(values, shape));
    }
  }
  const whole = createCompiledCache(executor, (shape) => traceStep(classifier, shape, options));
  const parts = createCompiledCache(executor, (shape) => traceAccumulation(classifier, shape, options));
  let update: CompiledProgram | undefined;
  for (const shape of shapes) await (inParts ? parts : whole).get(shape);
  if (inParts && shapes.length > 0) await prepareUpdate();

  async function prepareUpdate(): Promise<CompiledProgram> {
    if (update === undefined) {
      update = await optimizerExecutor.compile(traceUpdate(classifier, options));
      await clearAccumulators(executor, classifier);
    }
    return update;
  }

  async function accumulateAndUpdate(input: StepInput): Promise<StepResult> {
    const { batches, seen } = input;
    const update = await prepareUpdate();
    const rows = batches.reduce((sum, { size }) => sum + size, 0);
    const losses: number[] = [];
    for (const [i, batch] of batches.entries()) {
      const program = await parts.get(batch);
      const feeds = { ...batchFeeds(batch), share: scalar(batch.size / rows), lossScale: scalar(input.lossScale) };
      losses.push(number(await program.run(feeds, { dropoutSeed: [seed, seen + i] }), "loss"));
    }
    if (apart) {
      for (const { name } of trained)
        await optimizerExecutor.write(accumulator(name), await executor.read(accumulator(name)));
      await clearAccumulators(executor, classifier);
    }
    const result = resultOf(losses, await update.run(scalars(input)));
    if (apart && result.finite)
      for (const { name } of trained) await executor.write(name, await optimizerExecutor.read(name));
    return result;
  }

  return {
    async step(input) {
      const [batch] = input.batches;
      if (inParts || batch === undefined || input.batches.length > 1) return accumulateAndUpdate(input);
      const program = await whole.get(batch);
      const feeds = { ...batchFeeds(batch), ...scalars(input) };
      const outputs = await program.run(feeds, { dropoutSeed: [seed, input.seen] });
      return resultOf([number(outputs, "loss")], outputs);
    },
    async dispose() {
      await whole.dispose();
      await parts.dispose();
      await update?.dispose();
    },
  };
}

/** Puts a classifier's parameters into an executor, each of its shape. */
export async function writeParameters(
  executor: Executor,
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  for (const { name, shape } of classifier.parameters) {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no value for the parameter ${name}`);
    await executor.write(name, float32(value, shape));
  }
}

/** A classifier's parameters as they stand in an executor. */
export async function readParameters(executor: Executor, classifier: Classifier): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const { name } of classifier.parameters) {
    const { data } = await executor.read(name);
    values.set(name, data instanceof Float32Array ? data : Float32Array.from(data));
  }
  return values;
}

/** The optimizer's running means, as they are called in the state of the executor that keeps them. */
export function momentsOf(classifier: Classifier): { readonly first: StateSpec[]; readonly second: StateSpec[] } {
  const specs = (nameOf: (name: string) => string) =>
    trainedParameters(classifier).map(({ name, shape }) => ({ name: nameOf(name), shape }));
  return { first: specs(firstMoment), second: specs(secondMoment) };
}

async function clearAccumulators(executor: Executor, classifier: Classifier): Promise<void> {
  for (const { name, shape } of trainedParameters(classifier)) await executor.write(accumulator(name), zeros(shape));
}

function zeros(shape: readonly number[]): TensorData {
  return float32(new Float32Array(sizeOf(shape)), shape);
}

function scalars({ learningRate, lossScale }: StepInput): Record<string, TensorData> {
  return { learningRate: scalar(learningRate), lossScale: scalar(lossScale) };
}

function resultOf(losses: readonly number[], outputs: Readonly<Record<string, TensorData>>): StepResult {
  return {
    losses,
    gradNorm: number(outputs, "gradNorm"),
    finite: !("finite" in outputs) || number(outputs, "finite") === 1,
  };
}

function number(outputs: Readonly<Record<string, TensorData>>, name: string): number {
  return outputs[name]!.data[0]!;
}
