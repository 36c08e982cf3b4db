import type { Batch, BatchShape } from "@bertie/common";
import { float32, int32, type Tensor, type TensorData, type Tracer } from "@bertie/engine";
import type { LossSpec } from "./loss.ts";

/** Interface of a model for training and evaluation. */
export interface Classifier {
  /** Loss to minimize. @default the cross-entropy of single-label classification */
  readonly loss?: LossSpec;
  /** Trainable and frozen parameters, float32. */
  readonly parameters: readonly Parameter[];
  /**
   * Traces the logits of a batch, `[size, labels]`.
   *
   * @param parameters function that returns the parameter with a given name
   * @param inputs token ids, attention mask and token type ids
   * @param training whether dropout is applied
   */
  logits(parameters: (name: string) => Tensor, inputs: BatchTensors, training: boolean): Tensor;
}

/** A parameter of a {@link Classifier}. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Whether training leaves the parameter unchanged. A frozen parameter has no gradient and no moments. @default false */
  readonly frozen?: boolean;
  /** Factor applied to the learning rate of the parameter. @default 1 */
  readonly rateFactor?: number;
}

/** Symbolic inputs of a model, each int32 `[size, length]`. */
export interface BatchTensors {
  /** Token ids. */
  readonly inputIds: Tensor;
  /** Attention mask: 1 for tokens, 0 for padding. */
  readonly inputMask: Tensor;
  /** Token type ids: 0 for the first text of a pair, 1 for the second. */
  readonly segmentIds: Tensor;
}

/** Returns the parameters that are not frozen. */
export function trainedParameters({ parameters }: Classifier): readonly Parameter[] {
  return parameters.filter(({ frozen = false }) => !frozen);
}

/** Declares a batch's inputs as feeds of the traced program. */
export function traceBatch(tracer: Tracer, { size, length }: BatchShape): BatchTensors {
  const matrix = (name: string) => tracer.feed(name, "int32", [size, length]);
  return { inputIds: matrix("inputIds"), inputMask: matrix("inputMask"), segmentIds: matrix("segmentIds") };
}

/** Returns the feeds of a batch without its labels. */
export function inputFeeds(batch: Omit<Batch, "labelIds">) {
  const shape = [batch.size, batch.length];
  return {
    inputIds: int32(batch.inputIds, shape),
    inputMask: int32(batch.inputMask, shape),
    segmentIds: int32(batch.segmentIds, shape),
  };
}

/** Returns the feeds of a batch for a program that uses {@link traceBatch}, including `labelIds` and, if there are any, `targets`. */
export function batchFeeds(batch: Batch): Record<string, TensorData> {
  const { targets } = batch;
  return {
    ...inputFeeds(batch),
    labelIds: int32(batch.labelIds),
    ...(targets && { targets: float32(targets, [batch.size, targets.length / batch.size]) }),
  };
}

/** Declares the model's parameters as float32 state of the traced program, and returns a lookup by name. */
export function traceParameters(tracer: Tracer, classifier: Classifier): (name: string) => Tensor {
  const shapes = new Map(classifier.parameters.map(({ name, shape }) => [name, shape]));
  return (name) => {
    const shape = shapes.get(name);
    if (shape === undefined)
      throw new Error(`the model has no parameter named ${name}. Add the parameter to the classifier's parameters.`);
    return tracer.state(name, "float32", shape);
  };
}
