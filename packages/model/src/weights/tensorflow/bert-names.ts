import { type NamedTensors, type WeightTensor, weightTensor } from "../tensor.ts";

/** Variables of optimizers and counters, which are not weights. */
const OPTIMIZER_STATE = /(^|\/)(adam_[mv]|Adam(_\d+)?|global_step|beta[12]_power|[^/]*ExponentialMovingAverage)$/;

/** Variables of the classifier in run_classifier.py of 2018, whose layout is PyTorch's. */
const CLASSIFIER: Readonly<Record<string, string>> = {
  output_weights: "classifier.weight",
  output_bias: "classifier.bias",
};

/**
 * Returns the tensors of a TensorFlow BERT under the names of its PyTorch ports, and in PyTorch's layout:
 * `bert/encoder/layer_0/attention/self/query/kernel` becomes `bert.encoder.layer.0.attention.self.query.weight`, which is
 * transposed. The state of the optimizer is omitted.
 *
 * Follows the conversion of BERT in transformers (load_tf_weights_in_bert).
 */
export function withPytorchNames(tensors: NamedTensors): NamedTensors {
  const renamed = new Map<string, WeightTensor>();
  for (const [name, tensor] of tensors) {
    if (OPTIMIZER_STATE.test(name)) continue;
    renamed.set(pytorchName(name), name.endsWith("/kernel") ? transposed(tensor) : tensor);
  }
  return renamed;
}

function pytorchName(name: string): string {
  if (Object.hasOwn(CLASSIFIER, name)) return CLASSIFIER[name]!;
  return name
    .replace(/(^|\/)layer_(\d+)(?=\/)/g, "$1layer/$2")
    .replace(/\/(kernel|output_weights)$/, "/weight")
    .replace(/\/output_bias$/, "/bias")
    .replace(/_embeddings$/, "_embeddings/weight")
    .replaceAll("/", ".");
}

/** Returns the transpose of a matrix, computed when it is read. Other tensors are returned unchanged. */
function transposed(tensor: WeightTensor): WeightTensor {
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.shape.length !== 2) return tensor;
  const toBytes = () => {
    const values = tensor.toFloat32();
    const result = new Float32Array(values.length);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
    }
    return new Uint8Array(result.buffer);
  };
  return weightTensor("float32", [columns, rows], toBytes);
}
