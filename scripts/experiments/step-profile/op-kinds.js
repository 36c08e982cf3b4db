// Groups the events of ONNX Runtime's profiler by the part of BERT that they compute.
import { BinaryReader } from "@bufbuild/protobuf/wire";

/** Kinds of ops in the order of the table. */
export const KINDS = {
  weights: "matmuls by weights",
  attention: "matmuls in attention",
  gelu: "GELU",
  geluBackward: "derivative of GELU",
  softmax: "softmax, scores and mask",
  softmaxBackward: "backward pass of softmax",
  dropout: "dropout: application of masks",
  layerNorm: "LayerNorm",
  layerNormBackward: "backward pass of LayerNorm",
  biases: "addition of biases",
  sums: "sums of residuals and gradients",
  biasGradients: "gradients of biases: sums over rows",
  layout: "transposes, reshapes, slices",
  embeddings: "embeddings: gather, scatter",
  norms: "norms of gradients",
  rest: "everything else in the graph",
};

/** Kinds in a forward pass that take the place of kinds of the backward pass, which have the same shapes. */
const FORWARD = { geluBackward: "gelu", softmaxBackward: "softmax", layerNormBackward: "sums", norms: "sums" };

const LAYOUT = new Set(["Transpose", "Reshape", "Slice", "Pad", "Concat", "Expand", "Identity", "Shape", "Squeeze"]);
const size = (shape) => shape.reduce((product, dimension) => product * dimension, 1);
const shapesOf = (values) => (values ?? []).map((value) => Object.values(value)[0]);

/** Returns the nodes of an ONNX file. The numbers are field numbers of onnx.proto. */
function readNodes(bytes) {
  const [graph] = fieldsOf(bytes).filter(({ field }) => field === 7);
  return fieldsOf(graph.value)
    .filter(({ field }) => field === 1)
    .map(({ value }) => nodeOf(value));
}

/** Returns the fields of a message that are strings, bytes or messages. */
function fieldsOf(bytes) {
  const reader = new BinaryReader(bytes);
  const fields = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === 2) fields.push({ field, value: reader.bytes() });
    else reader.skip(wireType);
  }
  return fields;
}

function nodeOf(bytes) {
  const node = { inputs: [], outputs: [], name: "", op: "" };
  const text = (value) => new TextDecoder().decode(value);
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) node.inputs.push(text(value));
    if (field === 2) node.outputs.push(text(value));
    if (field === 3) node.name = text(value);
    if (field === 4) node.op = text(value);
  }
  return node;
}

/** Returns the names of the nodes that make or apply dropout masks. */
export function dropoutNodes(bytes) {
  const nodes = readNodes(bytes);
  const makers = nodes.filter(({ inputs }) => inputs.some((name) => name.startsWith("mask:")));
  const masks = new Set(makers.flatMap(({ outputs }) => outputs));
  const readers = nodes.filter(({ inputs }) => inputs.some((name) => masks.has(name)));
  return new Set([...makers, ...readers].map(({ name }) => name));
}

/**
 * Returns the kind of an event and the number of floating-point operations if it is a matmul.
 *
 * @param event event of the profiler, with the shapes of inputs and outputs
 * @param model `{ hidden, intermediate, length, trains, dropout }`: sizes of the model, and the result of dropoutNodes()
 */
export function classify({ name, args }, model) {
  const op = args.op_name;
  const inputs = shapesOf(args.input_type_shape);
  const [output = []] = shapesOf(args.output_type_shape);
  const node = name.replace(/_kernel_time$/, "");
  const kind = kindOf(op, node, inputs, output, model);
  return { kind: model.trains ? kind : (FORWARD[kind] ?? kind), flops: flopsOf(op, inputs, output) };
}

function flopsOf(op, [a = []], output) {
  if (!/Gemm|MatMul/.test(op) || output.length === 0) return 0;
  // Both operands have the summed dimension, so the first one's size is rows · summed dimension · batches.
  const columns = output.at(-1);
  return 2 * size(a) * columns;
}

function kindOf(op, node, inputs, output, { hidden, intermediate, length, dropout }) {
  const [a = [], b = []] = inputs;
  const width = output.at(-1);
  if (dropout.has(node) && !/MatMul/.test(op)) return "dropout";
  if (op === "Gemm" && a[0] === 1 && b[0] === a[1] && a.length === 2) return "biasGradients";
  if (/Gemm|MatMul/.test(op)) return output.length === 2 || b.length === 2 ? "weights" : "attention";
  if (/^(Bias|Fast|Quick)?Gelu$/.test(op)) return "gelu";
  if (/LayerNorm/.test(op)) return "layerNorm";
  if (op === "Softmax") return "softmax";
  if (LAYOUT.has(op)) return "layout";
  if (/Gather|Scatter/.test(op)) return "embeddings";
  const isBias = (shape) => shape.length === 1 && shape[0] === width;
  if (op === "Add" && inputs.some(isBias)) return "biases";
  const largest = inputs.reduce((best, shape) => (size(shape) > size(best) ? shape : best), output);
  if (largest.length < 3) return size(largest) > 1 && largest.length === 2 ? "norms" : "rest";
  if (largest.at(-1) === length && largest.length === 4) return op === "Add" ? "softmax" : "softmaxBackward";
  // The product of the gradient and the output of attention, summed per head, takes the place of a product of scores.
  if (largest.length === 4) return "softmaxBackward";
  if (largest.at(-1) === intermediate) return "geluBackward";
  if (largest.at(-1) !== hidden) return "rest";
  return op === "Add" ? "sums" : "layerNormBackward";
}
