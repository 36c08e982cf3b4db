import type { Batch, BatchShape } from "@bertie/common";
import { type CompiledProgram, type Executor, float32, scalar, sizeOf, type TensorData } from "@bertie/engine";
import { batchFeeds, type Classifier, trainedParameters } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import { batchWeight } from "./loss.ts";
import {
  accumulator,
  firstMoment,
  type StepOptions,
  secondMoment,
  traceAccumulation,
  traceStep,
  traceUpdate,
} from "./programs.ts";

/** Options of {@link createStepper}. */
export interface StepperOptions extends StepOptions {
  /** Random seed of the dropout masks. */
  readonly seed: number;
  /** Maximum number of micro-batches per update. @default 1 */
  readonly accumulation?: number;
  /** Expected shapes of micro-batches, compiled in advance. Programs for other shapes are compiled when needed. */
  readonly shapes?: readonly BatchShape[];
  /**
   * Executor that holds the master parameters and the moments and runs the updates. @default the gradients' executor
   */
  readonly optimizerExecutor?: Executor;
  /** Initial moments, by the names that {@link momentsOf} returns. @default zeros */
  readonly moments?: ReadonlyMap<string, Float32Array>;
}

/** Inputs of one update. */
export interface StepInput {
  /** Micro-batches of the update. The minimized loss is the mean over all their examples, weighted by the classifier's class weights. */
  readonly batches: readonly Batch[];
  readonly learningRate: number;
  /** Factor applied to the loss; ignored unless the stepper was created with `scaledLoss`. */
  readonly lossScale: number;
  /** Number of micro-batches in earlier updates. Together with the seed, it determines the dropout masks. */
  readonly seen: number;
}

/** Name and shape of a float32 tensor in an executor's state. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The outcome of one update. */
export interface StepResult {
  /** Mean loss of each micro-batch. */
  readonly losses: readonly number[];
  /** L2 norm of the gradient over all trained parameters, before clipping. */
  readonly gradNorm: number;
  /** False if a gradient was not finite and the update was skipped. Always true without `scaledLoss`. */
  readonly finite: boolean;
}

/** Runner of training updates. See {@link createStepper}. */
export interface Stepper {
  step(input: StepInput): Promise<StepResult>;
  dispose(): Promise<void>;
}

/**
 * Creates a stepper, which updates a classifier's parameters in an executor's state.
 *
 * An update of one micro-batch is a single run of one program. With accumulation or a separate optimizer executor, one
 * run per micro-batch accumulates the gradients, and a final run updates the parameters.
 *
 * @param executor executor that holds the parameters, written with {@link writeParameters}
 * @param classifier model to train
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, createStepper, readParameters, writeParameters } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: false }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const executor = createReferenceExecutor();
 * await writeParameters(executor, classifier, new Map([["table", new Float32Array(4)]]));
 * const stepper = await createStepper(executor, classifier, { seed: 42 });
 * const batch = {
 *   size: 1,
 *   length: 1,
 *   inputIds: Int32Array.of(1),
 *   inputMask: Int32Array.of(1),
 *   segmentIds: Int32Array.of(0),
 *   labelIds: Int32Array.of(0),
 * };
 * const { losses } = await stepper.step({ batches: [batch], learningRate: 0.1, lossScale: 1, seen: 0 });
 * console.log(losses); // [0.693…]
 * console.log((await readParameters(executor, classifier)).get("table")); // Float32Array [0, 0, 0.316…, -0.316…]
 * await stepper.dispose();
 * await executor.dispose();
 * ```
 */
export async function createStepper(
  executor: Executor,
  classifier: Classifier,
  options: StepperOptions,
): Promise<Stepper> {
  const { seed, optimizerExecutor = executor, accumulation = 1, shapes = [], moments } = options;
  const isSeparate = optimizerExecutor !== executor;
  const accumulates = isSeparate || accumulation > 1;
  const trained = trainedParameters(classifier);
  for (const { name, shape } of trained) {
    if (isSeparate) await optimizerExecutor.write(name, await executor.read(name));
    for (const moment of [firstMoment(name), secondMoment(name)]) {
      const values = moments?.get(moment);
      await optimizerExecutor.write(moment, values === undefined ? zeros(shape) : float32(values, shape));
    }
  }
  const stepPrograms = createCompiledCache(executor, (shape) => traceStep(classifier, shape, options));
  const accumulationPrograms = createCompiledCache(executor, (shape) => traceAccumulation(classifier, shape, options));
  let update: CompiledProgram | undefined;
  for (const shape of shapes) await (accumulates ? accumulationPrograms : stepPrograms).get(shape);
  if (accumulates && shapes.length > 0) await prepareUpdate();

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
    const weights = batches.map((batch) => batchWeight(batch, classifier.loss));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const losses: number[] = [];
    for (const [i, batch] of batches.entries()) {
      const program = await accumulationPrograms.get(batch);
      const feeds = { ...batchFeeds(batch), share: scalar(weights[i]! / total), lossScale: scalar(input.lossScale) };
      losses.push(scalarOutput(await program.run(feeds, { dropoutSeed: [seed, seen + i] }), "loss"));
    }
    if (isSeparate) {
      for (const { name } of trained)
        await optimizerExecutor.write(accumulator(name), await executor.read(accumulator(name)));
      await clearAccumulators(executor, classifier);
    }
    const result = resultOf(losses, await update.run(scalars(input)));
    if (isSeparate && result.finite)
      for (const { name } of trained) await executor.write(name, await optimizerExecutor.read(name));
    return result;
  }

  return {
    async step(input) {
      const [batch] = input.batches;
      if (accumulates || batch === undefined || input.batches.length > 1) return accumulateAndUpdate(input);
      const program = await stepPrograms.get(batch);
      const feeds = { ...batchFeeds(batch), ...scalars(input) };
      const outputs = await program.run(feeds, { dropoutSeed: [seed, input.seen] });
      return resultOf([scalarOutput(outputs, "loss")], outputs);
    },
    async dispose() {
      await stepPrograms.dispose();
      await accumulationPrograms.dispose();
      await update?.dispose();
    },
  };
}

/**
 * Writes a classifier's parameters into an executor's state.
 *
 * @param values parameter values by name, row-major
 *
 * @example
 * ```ts
 * import { createReferenceExecutor } from "@bertie/engine";
 * import { writeParameters } from "@bertie/optim";
 *
 * const executor = createReferenceExecutor();
 * const classifier = {
 *   parameters: [{ name: "bias", shape: [2], decay: false }],
 *   logits: () => {
 *     throw new Error("not used in this example");
 *   },
 * };
 * await writeParameters(executor, classifier, new Map([["bias", Float32Array.of(1, 2)]]));
 * console.log((await executor.read("bias")).data); // Float32Array [1, 2]
 * ```
 */
export async function writeParameters(
  executor: Executor,
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  for (const { name, shape } of classifier.parameters) {
    const value = values.get(name);
    if (value === undefined) throw new Error(`writeParameters() requires a value for parameter ${name}`);
    await executor.write(name, float32(value, shape));
  }
}

/**
 * Reads a classifier's parameters from an executor's state.
 *
 * @returns parameter values by name, float32, row-major
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, float32 } from "@bertie/engine";
 * import { readParameters } from "@bertie/optim";
 *
 * const executor = createReferenceExecutor();
 * await executor.write("bias", float32(Float32Array.of(1, 2), [2]));
 * const classifier = {
 *   parameters: [{ name: "bias", shape: [2], decay: false }],
 *   logits: () => {
 *     throw new Error("not used in this example");
 *   },
 * };
 * console.log(await readParameters(executor, classifier)); // Map { "bias" => Float32Array [1, 2] }
 * ```
 */
export async function readParameters(executor: Executor, classifier: Classifier): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const { name } of classifier.parameters) {
    const { data } = await executor.read(name);
    values.set(name, data instanceof Float32Array ? data : Float32Array.from(data));
  }
  return values;
}

/**
 * Returns the names and shapes of the optimizer's first and second moments in the executor's state.
 *
 * @example
 * ```ts
 * import { momentsOf } from "@bertie/optim";
 *
 * const classifier = {
 *   parameters: [{ name: "bias", shape: [2], decay: false }],
 *   logits: () => {
 *     throw new Error("not used in this example");
 *   },
 * };
 * const { first, second } = momentsOf(classifier);
 * console.log(first, second); // [{ name: "bias/m", shape: [2] }] [{ name: "bias/v", shape: [2] }]
 * ```
 */
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
    gradNorm: scalarOutput(outputs, "gradNorm"),
    finite: !("finite" in outputs) || scalarOutput(outputs, "finite") === 1,
  };
}

function scalarOutput(outputs: Readonly<Record<string, TensorData>>, name: string): number {
  return outputs[name]!.data[0]!;
}
