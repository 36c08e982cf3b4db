import { addsBias } from "../../bias.ts";
import type { Node, Op, Tensor } from "../../graph.ts";
import { sizeOf } from "../../shape.ts";
import { lowerDeviceMask } from "./device-mask.ts";
import { elementTypeOf } from "./element-type.ts";
import type { LoweringContext } from "./lowering-context.ts";
import { elementTypes } from "./onnx-model.ts";

type Lowering<K extends Op> = (node: Extract<Node, { op: K }>, context: LoweringContext) => void;
type MatmulNode = Extract<Node, { op: "matmul" }>;
type Source = "feed" | "state" | "constant";

/** Lowerings by op: functions that convert a node to nodes of an ONNX model. */
export const lowerings: { readonly [K in Exclude<Op, Source>]: Lowering<K> } = {
  neg: same("Neg"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  erf: same("Erf"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  gelu: same("Gelu"),
  add: (node, c) => {
    const [x, bias] = node.inputs as [Tensor, Tensor];
    const product = c.fusible(x);
    if (product?.op === "matmul" && addsBias(node)) gemm(product, [bias], out(node, c), c);
    else c.node("Add", node.inputs.map(c.name), [out(node, c)]);
  },
  sub: same("Sub"),
  mul: (node, c) => {
    const [x, y] = node.inputs as [Tensor, Tensor];
    const [product, factor] = [c.fusible(x), c.number(y)];
    if (product?.op === "matmul" && x.shape.length > 2 && c.device === "cpu" && factor !== undefined)
      batchMatmul(product, out(node, c), c, factor);
    else c.node("Mul", node.inputs.map(c.name), [out(node, c)]);
  },
  div: same("Div"),
  maximum: same("Max"),
  greater: same("Greater"),
  equal: same("Equal"),
  where: same("Where"),
  cast: (node, c) => {
    castTo(c, c.name(node.inputs[0]!), node.outputs[0]!.dtype, out(node, c));
  },

  dropoutMask: (node, c) => {
    const { rate, site } = node.attributes;
    const [mask] = node.outputs as [Tensor];
    if (c.device !== "cpu") return lowerDeviceMask(c, { rate, site }, mask, out(node, c));
    // Drawing on the host is faster than ops on the CPU. DequantizeLinear converts and scales the mask in one pass.
    const scale = c.constant(elementTypeOf(mask.dtype), [1 / (1 - rate)], []);
    c.node("DequantizeLinear", [c.mask({ rate, site, shape: mask.shape }), scale], [out(node, c)]);
  },

  matmul: (node, c) => {
    const [a] = node.inputs as [Tensor, Tensor];
    if (a.shape.length === 2) gemm(node, [], out(node, c), c);
    else batchMatmul(node, out(node, c), c);
  },
  sum: (node, c) => {
    if (c.device === "cpu" && sumsRows(node)) {
      // A matmul with a row of ones takes half the time of ONNX Runtime's reduction along the first axis.
      const [x, y] = [node.inputs[0]!, node.outputs[0]!];
      const [rows, columns] = [sizeOf(x.shape) / sizeOf(y.shape), sizeOf(y.shape)];
      const matrix = c.node("Reshape", [c.name(x), c.constant("int64", [rows, columns])], [c.fresh()]);
      const ones = c.constant("float32", new Array<number>(rows).fill(1), [1, rows]);
      const total = c.node("Gemm", [ones, matrix], [c.fresh()]);
      c.node("Reshape", [total, c.constant("int64", y.shape)], [out(node, c)]);
    } else reduce("ReduceSum", node, c);
  },
  max: (node, c) => reduce("ReduceMax", node, c),

  reshape: (node, c) => {
    const shape = c.constant("int64", node.outputs[0]!.shape);
    c.node("Reshape", [c.name(node.inputs[0]!), shape], [out(node, c)], { allowzero: 1 });
  },
  transpose: (node, c) => {
    c.node("Transpose", [c.name(node.inputs[0]!)], [out(node, c)], { perm: node.attributes.permutation });
  },
  broadcastTo: (node, c) => {
    c.node("Expand", [c.name(node.inputs[0]!), c.constant("int64", node.outputs[0]!.shape)], [out(node, c)]);
  },
  slice: (node, c) => {
    const { axis, start } = node.attributes;
    const end = start + node.outputs[0]!.shape[axis]!;
    const bounds = [start, end, axis].map((bound) => c.constant("int64", [bound]));
    c.node("Slice", [c.name(node.inputs[0]!), ...bounds], [out(node, c)]);
  },
  pad: (node, c) => {
    const { axis, before } = node.attributes;
    const [x] = node.inputs as [Tensor];
    const zeros = x.shape.map(() => 0);
    const after = node.outputs[0]!.shape[axis]! - x.shape[axis]! - before;
    const pads = c.constant("int64", [...zeros.with(axis, before), ...zeros.with(axis, after)]);
    c.node("Pad", [c.name(x), pads], [out(node, c)]);
  },
  concat: (node, c) => {
    c.node("Concat", node.inputs.map(c.name), [out(node, c)], { axis: node.attributes.axis });
  },

  gather: same("Gather"),
  scatterAdd: (node, c) => {
    const [indices, updates] = node.inputs as [Tensor, Tensor];
    const { shape, dtype } = node.outputs[0]!;
    const rows = updates.shape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
    const flat = [rows, shape[1]!];
    const zero = c.constant(elementTypeOf(dtype), [0], []);
    const table = c.node("Expand", [zero, c.constant("int64", shape)], [c.fresh()]);
    const column = c.node("Reshape", [c.name(indices), c.constant("int64", [rows, 1])], [c.fresh()]);
    const index = c.node("Expand", [column, c.constant("int64", flat)], [c.fresh()]);
    const update = c.node("Reshape", [c.name(updates), c.constant("int64", flat)], [c.fresh()]);
    // ScatterND is not usable: in ONNX Runtime, its addition has a data race for repeated indices.
    const attributes = { axis: 0, reduction: "add" };
    c.node("ScatterElements", [table, index, update], [out(node, c)], attributes);
  },
  oneHot: (node, c) => {
    // Composed of other ops because ONNX's OneHot requires int64 and does not run on WebGPU.
    const { shape, dtype } = node.outputs[0]!;
    oneHot(c, node.inputs[0]!, shape.at(-1)!, dtype, out(node, c));
  },

  softmax: (node, c) => {
    c.node("Softmax", [c.name(node.inputs[0]!)], [out(node, c)], { axis: -1 });
  },
  layerNorm: (node, c) => {
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
    const { dtype } = node.outputs[0]!;
    if (dtype === "float32") {
      c.node("LayerNormalization", node.inputs.map(c.name), node.outputs.map(c.name), attributes);
      return;
    }
    // ONNX computes the statistics in float32 for every input type.
    const statistics = node.outputs.slice(1).map((output) => ({ output, wide: c.fresh() }));
    const outputs = [out(node, c), ...statistics.map(({ wide }) => wide)];
    c.node("LayerNormalization", node.inputs.map(c.name), outputs, attributes);
    for (const { output, wide } of statistics) castTo(c, wide, dtype, c.name(output));
  },
  crossEntropy: (node, c) => {
    // Composed of other ops because LogSoftmax does not run on WebGPU. Subtracting the largest logit prevents overflow
    // of exp.
    const [logits, labels] = node.inputs as [Tensor, Tensor];
    const last = c.constant("int64", [1]);
    const largest = c.node("ReduceMax", [c.name(logits), last], [c.fresh()], { keepdims: 1 });
    const shifted = c.node("Sub", [c.name(logits), largest], [c.fresh()]);
    const exponentials = c.node("Exp", [shifted], [c.fresh()]);
    const total = c.node("ReduceSum", [exponentials, last], [c.fresh()], { keepdims: 0 });
    const logTotal = c.node("Log", [total], [c.fresh()]);
    const hot = oneHot(c, labels, logits.shape[1]!, logits.dtype, c.fresh());
    const chosen = c.node("Mul", [shifted, hot], [c.fresh()]);
    const score = c.node("ReduceSum", [chosen, last], [c.fresh()], { keepdims: 0 });
    c.node("Sub", [logTotal, score], [out(node, c)]);
  },
};

/** Multiplies matrices, and adds a bias if `terms` has one. */
function gemm({ inputs, attributes }: MatmulNode, terms: readonly Tensor[], output: string, c: LoweringContext): void {
  const { transposeA, transposeB } = attributes;
  const flags = { transA: Number(transposeA), transB: Number(transposeB) };
  c.node("Gemm", [...inputs, ...terms].map(c.name), [output], flags);
}

/** Multiplies batches of matrices, and the products by a factor, which only CPUs support. */
function batchMatmul({ inputs, attributes }: MatmulNode, output: string, c: LoweringContext, factor = 1): void {
  const [a, b] = inputs as [Tensor, Tensor];
  const { transposeA, transposeB } = attributes;
  if (c.device !== "cpu") {
    const operands = [transposeA ? swapLastTwo(a, c) : c.name(a), transposeB ? swapLastTwo(b, c) : c.name(b)];
    c.node("MatMul", operands, [output]);
    return;
  }
  // FusedMatMul reads transposed operands in place, which saves a pass over the operands of attention.
  const [left, right] = [withoutBatchTransposition(a, c), withoutBatchTransposition(b, c)];
  const flags = {
    transA: Number(transposeA),
    transB: Number(transposeB),
    transBatchA: Number(left !== a),
    transBatchB: Number(right !== b),
  };
  const operands = [c.name(left), c.name(right)];
  if (factor === 1 && Object.values(flags).every((flag) => flag === 0)) c.node("MatMul", operands, [output]);
  else c.node("FusedMatMul", operands, [output], { ...flags, alpha: { float: factor } }, "com.microsoft");
}

function out(node: Node, context: LoweringContext): string {
  return context.name(node.outputs[0]!);
}

/** Returns the lowering of an op that ONNX has under another name. */
function same(opType: string): (node: Node, context: LoweringContext) => void {
  return (node, c) => {
    c.node(opType, node.inputs.map(c.name), [out(node, c)]);
  };
}

/** Returns whether a node is a float32 sum over the leading axes to several elements, each a sum of at least 64. */
function sumsRows({ inputs, outputs, attributes }: Extract<Node, { op: "sum" }>): boolean {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const leading = attributes.axes.toSorted((a, b) => a - b).every((axis, i) => axis === i);
  return leading && x.dtype === "float32" && sizeOf(y.shape) > 1 && sizeOf(x.shape) >= 64 * sizeOf(y.shape);
}

function reduce(opType: string, node: Extract<Node, { op: "sum" | "max" }>, c: LoweringContext): void {
  const axes = c.constant("int64", node.attributes.axes);
  const attributes = { keepdims: Number(node.attributes.keepDims) };
  c.node(opType, [c.name(node.inputs[0]!), axes], [out(node, c)], attributes);
}

function castTo(c: LoweringContext, name: string, dtype: Tensor["dtype"], output = c.fresh()): string {
  return c.node("Cast", [name], [output], { to: elementTypes[elementTypeOf(dtype)] });
}

function oneHot(c: LoweringContext, indices: Tensor, depth: number, dtype: Tensor["dtype"], output: string): string {
  const column = c.node("Reshape", [c.name(indices), c.constant("int64", [...indices.shape, 1])], [c.fresh()]);
  const numbers = c.constant(
    "int32",
    Array.from({ length: depth }, (_, i) => i),
  );
  return castTo(c, c.node("Equal", [column, numbers], [c.fresh()]), dtype, output);
}

/**
 * Returns the input of the transpose() that computes x if that transpose() moves the first axis to the second-to-last
 * position; otherwise x.
 */
function withoutBatchTransposition(x: Tensor, c: LoweringContext): Tensor {
  const transposition = c.transposition(x);
  if (transposition === undefined) return x;
  const last = x.shape.length - 1;
  const moved = (from: number, to: number) => from === (to === last ? last : (to + 1) % last);
  return transposition.permutation.every(moved) ? transposition.source : x;
}

function swapLastTwo(x: Tensor, c: LoweringContext): string {
  const rank = x.shape.length;
  const permutation = Array.from({ length: rank }, (_, axis) => axis)
    .with(rank - 2, rank - 1)
    .with(rank - 1, rank - 2);
  return c.node("Transpose", [c.name(x)], [c.fresh()], { perm: permutation });
}
