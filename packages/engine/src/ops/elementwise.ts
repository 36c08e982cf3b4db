import { type DType, isFloat } from "../dtype.ts";
import { emit, type Op, type Tensor } from "../graph.ts";
import { broadcastShapes } from "../shape.ts";
import { constant } from "./constant.ts";

/** A tensor, or a number that stands for a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

type Unary = "neg" | "exp" | "log" | "sqrt" | "erf" | "tanh" | "sigmoid" | "gelu";
type Binary = "add" | "sub" | "mul" | "div" | "maximum" | "greater" | "equal";

/** −x */
export const neg = unary("neg");
/** eˣ */
export const exp = unary("exp");
/** The natural logarithm. */
export const log = unary("log");
export const sqrt = unary("sqrt");
/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = unary("erf");
export const tanh = unary("tanh");
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = unary("sigmoid");
/** x · ½ (1 + erf(x / √2)): the exact form (Hendrycks and Gimpel, 2016), not the tanh approximation. */
export const gelu = unary("gelu");

/** x + y, with NumPy's broadcasting, as all binary ops here. */
export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
/** The larger of the two; where they are equal the derivative goes to the first. */
export const maximum = binary("maximum");
/** x > y, as bool. */
export const greater = binary("greater", "bool");
/** x = y, as bool. */
export const equal = binary("equal", "bool");

/** max(x, 0) */
export function relu(x: Tensor): Tensor {
  return maximum(0, x); // in this order the slope at 0 is 0, as in PyTorch
}

/** x · sigmoid(x), also known as SiLU (Ramachandran et al., 2017). */
export function swish(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** x² */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** x where the condition (bool) holds, y elsewhere; all three broadcast. */
export function where(condition: Tensor, x: Operand, y: Operand): Tensor {
  if (condition.dtype !== "bool") throw new Error(`where by a ${condition.dtype} condition`);
  const [a, b] = operands("where", x, y, condition);
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return emit(condition.graph, "where", [condition, a, b], {}, { shape, dtype: a.dtype });
}

/** The same values as another dtype; floats round to nearest even, and are cut towards zero on the way to int32. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit(x.graph, "cast", [x], {}, { shape: x.shape, dtype });
}

function unary(op: Unary): (x: Tensor) => Tensor {
  return (x) => {
    if (!isFloat(x.dtype)) throw new Error(`${op} of a ${x.dtype} tensor`);
    return emit(x.graph, op, [x], {}, x);
  };
}

function binary(op: Binary, dtype?: DType): (x: Operand, y: Operand) => Tensor {
  return (x, y) => {
    const [a, b] = operands(op, x, y);
    if (a.dtype === "bool" && op !== "equal") throw new Error(`${op} of bool tensors`);
    const shape = broadcastShapes(a.shape, b.shape);
    return emit(a.graph, op, [a, b], {}, { shape, dtype: dtype ?? a.dtype });
  };
}

/** Both operands as tensors of one dtype; a number takes the other's, or float32 when `home` only gives the graph. */
function operands(op: Op, x: Operand, y: Operand, home?: Tensor): [Tensor, Tensor] {
  const known = typeof x !== "number" ? x : typeof y !== "number" ? y : undefined;
  const graph = (known ?? home)?.graph;
  if (graph === undefined) throw new Error(`${op} of two numbers`);
  const dtype = known?.dtype ?? "float32";
  const toTensor = (operand: Operand) => (typeof operand === "number" ? constant(graph, operand, dtype) : operand);
  const [a, b] = [toTensor(x), toTensor(y)];
  if (a.dtype !== b.dtype) throw new Error(`${op} of ${a.dtype} and ${b.dtype}`);
  return [a, b];
}
