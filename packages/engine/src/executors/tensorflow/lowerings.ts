import { addsBias } from "../../bias.ts";
import { isFloat } from "../../dtype.ts";
import type { Node, Op, Tensor } from "../../graph.ts";
import type { Shape } from "../../shape.ts";
import { lowerDeviceMask } from "./device-mask.ts";
import type { Attribute } from "./graph-def.ts";
import type { LoweringContext } from "./lowering-context.ts";

/** Adds nodes for a node of the program and returns the names of its outputs: one, or three for layerNorm. */
type Lowering<K extends Op> = (node: Extract<Node, { op: K }>, context: LoweringContext) => string | readonly string[];
type Source = "feed" | "state" | "constant";

/** Lowerings by op: functions that convert a node to nodes of a TensorFlow graph. */
export const lowerings: { readonly [K in Exclude<Op, Source>]: Lowering<K> } = {
  neg: same("Neg"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  erf: same("Erf"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  gelu: ({ inputs: [x] }, c) => {
    const { T } = typeOf(x!);
    // TensorFlow fuses exactly these nodes with a preceding matmul if they have its 2D shape and no other node reads
    // their input. In training, the backward pass also reads the input, so these nodes keep the original shape, in
    // which TensorFlow shares nodes between both passes.
    const reshape = c.producer(x!);
    const [base] = reshape?.op === "reshape" && c.readers(x!) === 1 ? reshape.inputs : [x!];
    const input = c.name(base!);
    const scaled = c.node("Mul", [input, scalar(c, x!, Math.SQRT1_2)], { T });
    const added = c.node("AddV2", [c.node("Erf", [scaled], { T }), scalar(c, x!, 1)], { T });
    const result = c.node("Mul", [c.node("Mul", [added, scalar(c, x!, 0.5)], { T }), input], { T });
    return base === x ? result : c.node("Reshape", [result, ints(c, x!.shape)], { T });
  },
  add: (node, c) => {
    const [x] = node.inputs as [Tensor];
    const op = addsBias(node) && isFloat(x.dtype) ? "BiasAdd" : "AddV2";
    return c.node(op, node.inputs.map(c.name), typeOf(x));
  },
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  maximum: same("Maximum"),
  greater: same("Greater"),
  equal: same("Equal"),
  where: ({ inputs, outputs: [y] }, c) => c.node("SelectV2", inputs.map(c.name), typeOf(y!)),
  cast: ({ inputs: [x], outputs: [y] }, c) => c.node("Cast", [c.name(x!)], { SrcT: x!.dtype, DstT: y!.dtype }),

  dropoutMask: ({ outputs: [y], attributes: { rate, site } }, c) => {
    if (c.masksOnDevice) return lowerDeviceMask(c, { rate, site }, y!);
    const mask = c.mask({ rate, site, shape: y!.shape });
    const numbers = c.node("Cast", [mask], { SrcT: "bool", DstT: y!.dtype });
    return c.node("Mul", [numbers, scalar(c, y!, 1 / (1 - rate))], typeOf(y!));
  },

  matmul: ({ inputs, attributes: { transposeA, transposeB } }, c) => {
    const [a] = inputs as [Tensor];
    const [op, left, right] =
      a.shape.length === 2 ? ["MatMul", "transpose_a", "transpose_b"] : ["BatchMatMulV2", "adj_x", "adj_y"];
    return c.node(op!, inputs.map(c.name), { ...typeOf(a), [left!]: transposeA, [right!]: transposeB });
  },
  sum: (node, c) => {
    const {
      inputs: [x],
      outputs: [y],
    } = node;
    const squared = y!.shape.length === 0 ? squaredOperand(c.producer(x!)) : undefined;
    if (squared !== undefined) {
      const half = c.node("L2Loss", [c.name(squared)], typeOf(x!));
      return c.node("Mul", [half, scalar(c, x!, 2)], typeOf(x!));
    }
    // BiasAddGrad takes half the time of the reduction.
    return sumsRows(node) ? c.node("BiasAddGrad", [c.name(x!)], typeOf(x!)) : reduce("Sum")(node, c);
  },
  max: reduce("Max"),

  reshape: ({ inputs: [x], outputs: [y] }, c) => c.node("Reshape", [c.name(x!), ints(c, y!.shape)], typeOf(x!)),
  transpose: ({ inputs: [x], attributes: { permutation } }, c) =>
    c.node("Transpose", [c.name(x!), ints(c, permutation)], typeOf(x!)),
  broadcastTo: ({ inputs: [x], outputs: [y] }, c) => c.node("BroadcastTo", [c.name(x!), ints(c, y!.shape)], typeOf(x!)),
  slice: ({ inputs: [x], outputs: [y], attributes: { axis, start } }, c) => {
    const begin = x!.shape.map((_, i) => (i === axis ? start : 0));
    return c.node("Slice", [c.name(x!), ints(c, begin), ints(c, y!.shape)], { ...typeOf(x!), Index: "int32" });
  },
  pad: ({ inputs: [x], outputs: [y], attributes: { axis, before } }, c) => {
    const after = y!.shape[axis]! - x!.shape[axis]! - before;
    const paddings = x!.shape.flatMap((_, i) => (i === axis ? [before, after] : [0, 0]));
    return c.node("Pad", [c.name(x!), c.constant("int32", paddings, [x!.shape.length, 2])], typeOf(x!));
  },
  concat: ({ inputs, outputs: [y], attributes: { axis } }, c) =>
    c.node("ConcatV2", [...inputs.map(c.name), c.constant("int32", [axis], [])], {
      ...typeOf(y!),
      N: inputs.length,
      Tidx: "int32",
    }),

  gather: ({ inputs: [table, indices] }, c) =>
    c.node("GatherV2", [c.name(table!), c.name(indices!), c.constant("int32", [0], [])], {
      Tparams: table!.dtype,
      Tindices: "int32",
      Taxis: "int32",
    }),
  scatterAdd: ({ inputs: [indices, updates], outputs: [y] }, c) =>
    c.node("UnsortedSegmentSum", [c.name(updates!), c.name(indices!), c.constant("int32", [y!.shape[0]!], [])], {
      ...typeOf(y!),
      Tindices: "int32",
      Tnumsegments: "int32",
    }),
  oneHot: ({ inputs: [indices], outputs: [y] }, c) => {
    const depth = c.constant("int32", [y!.shape.at(-1)!], []);
    return c.node("OneHot", [c.name(indices!), depth, scalar(c, y!, 1), scalar(c, y!, 0)], {
      ...typeOf(y!),
      TI: "int32",
      axis: -1,
    });
  },

  softmax: ({ inputs: [x] }, c) => {
    const softmax = (of: string, T: Tensor["dtype"]) => c.node("Softmax", [of], { T });
    const { dtype } = x!;
    if (dtype === "float32" || (dtype === "bfloat16" && c.roundsSoftmaxOnce)) return softmax(c.name(x!), dtype);
    const wide = c.node("Cast", [c.name(x!)], { SrcT: dtype, DstT: "float32" });
    return c.node("Cast", [softmax(wide, "float32")], { SrcT: "float32", DstT: dtype });
  },
  layerNorm: ({ inputs: [x, gamma, beta], attributes: { epsilon } }, c) => {
    const T = x!.dtype;
    const mean = (of: string) => c.node("Mean", [of, c.constant("int32", [-1])], { T, Tidx: "int32", keep_dims: true });
    const center = mean(c.name(x!));
    const centered = c.node("Sub", [c.name(x!), center], { T });
    const variance = mean(c.node("Square", [centered], { T }));
    const inverseDeviation = c.node("Rsqrt", [c.node("AddV2", [variance, scalar(c, x!, epsilon)], { T })], { T });
    const normalized = c.node("Mul", [centered, inverseDeviation], { T });
    const scaled = c.node("Mul", [normalized, c.name(gamma!)], { T });
    return [c.node("AddV2", [scaled, c.name(beta!)], { T }), center, inverseDeviation];
  },
  crossEntropy: ({ inputs: [logits, labels] }, c) =>
    c.node("SparseSoftmaxCrossEntropyWithLogits", [c.name(logits!), c.name(labels!)], {
      ...typeOf(logits!),
      Tlabels: "int32",
    }),
};

/** Returns the lowering of an op that TensorFlow has under another name. */
function same(op: string): (node: Node, context: LoweringContext) => string {
  return ({ inputs }, c) => c.node(op, inputs.map(c.name), typeOf(inputs[0]!));
}

/** Returns the tensor that a node squares; undefined if the node does not square a tensor. */
function squaredOperand(node: Node | undefined): Tensor | undefined {
  const [a, b] = node?.op === "mul" ? node.inputs : [];
  return a === b && a?.dtype === "float32" ? a : undefined;
}

/** Returns whether a node sums over all axes except the last. */
function sumsRows({ inputs: [x], attributes: { axes, keepDims } }: Extract<Node, { op: "sum" }>): boolean {
  const last = x!.shape.length - 1;
  return x!.dtype === "float32" && last > 0 && axes.length === last && !axes.includes(last) && !keepDims;
}

function reduce(op: string): (node: Extract<Node, { op: "sum" | "max" }>, context: LoweringContext) => string {
  return ({ inputs: [x], attributes: { axes, keepDims } }, c) =>
    c.node(op, [c.name(x!), ints(c, axes)], { ...typeOf(x!), Tidx: "int32", keep_dims: keepDims });
}

function typeOf(x: Tensor): { readonly T: Tensor["dtype"] } & Readonly<Record<string, Attribute>> {
  return { T: x.dtype };
}

function ints(c: LoweringContext, values: Shape): string {
  return c.constant("int32", values);
}

/** Adds a scalar constant of a tensor's dtype. */
function scalar(c: LoweringContext, like: Tensor, value: number): string {
  return c.constant(like.dtype, [value], []);
}
