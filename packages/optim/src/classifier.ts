import type { Batch, BatchShape } from "@bertie/common";
import { int32, type Tensor, type TensorData, type Tracer } from "@bertie/engine";

/** What training and evaluation need to know of a model. */
export interface Classifier {
  readonly parameters: readonly Parameter[];
  /** Traces the logits, [size, labels], of a batch. */
  logits(parameters: (name: string) => Tensor, inputs: BatchTensors, training: boolean): Tensor;
}

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Whether training leaves it as it is: it then has no gradient and no moments. Default false. */
  readonly frozen?: boolean;
}

/** A batch's inputs as the model sees them, int32 of shape [size, length]. */
export interface BatchTensors {
  readonly inputIds: Tensor;
  readonly inputMask: Tensor;
  readonly segmentIds: Tensor;
}

/** The parameters that training changes. */
export function trainedParameters({ parameters }: Classifier): readonly Parameter[] {
  return parameters.filter(({ frozen = false }) => !frozen);
}

/** Names a batch's inputs in a trace. */
export function traceBatch(tracer: Tracer, { size, length }: BatchShape): BatchTensors {
  const matrix = (name: string) => tracer.feed(name, "int32", [size, length]);
  return { inputIds: matrix("inputIds"), inputMask: matrix("inputMask"), segmentIds: matrix("segmentIds") };
}

/** A batch as feeds, for a program with {@link traceBatch}'s inputs and, it may be, `labelIds`. */
export function batchFeeds(batch: Batch): Record<string, TensorData> {
  const shape = [batch.size, batch.length];
  return {
    inputIds: int32(batch.inputIds, shape),
    inputMask: int32(batch.inputMask, shape),
    segmentIds: int32(batch.segmentIds, shape),
    labelIds: int32(batch.labelIds),
  };
}

/** The model's parameters by name, as state, in float32. */
export function traceParameters(tracer: Tracer, classifier: Classifier): (name: string) => Tensor {
  const shapes = new Map(classifier.parameters.map(({ name, shape }) => [name, shape]));
  return (name) => {
    const shape = shapes.get(name);
    if (shape === undefined) throw new Error(`the model has no parameter ${name}`);
    return tracer.state(name, "float32", shape);
  };
}
