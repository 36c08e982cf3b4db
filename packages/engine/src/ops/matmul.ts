import { emit, type Tensor } from "../graph.ts";
import { sameShape, sizeOf } from "../shape.ts";
import { add } from "./elementwise.ts";
import { reshape } from "./layout.ts";

export interface MatmulOptions {
  /** Swap a's last two axes first. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The product of matrices, `[…, m, k] · […, k, n] → […, m, n]`, one for each of the equal leading axes. */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, -2);
  const [m, k] = lastTwo(a, transposeA);
  const [k2, n] = lastTwo(b, transposeB);
  if (rank < 2 || a.dtype !== b.dtype || k !== k2 || !sameShape(batch, b.shape.slice(0, -2)))
    throw new Error(`matmul of ${a.dtype}[${a.shape}] and ${b.dtype}[${b.shape}]`);
  return emit(a.graph, "matmul", [a, b], { transposeA, transposeB }, { shape: [...batch, m, n], dtype: a.dtype });
}

/** x · weightᵀ + bias, for x [..., in], weight [out, in] and bias [out] → [..., out] (the layout of PyTorch). */
export function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const leading = x.shape.slice(0, -1);
  const [out, input] = weight.shape as [number, number];
  if (weight.shape.length !== 2 || input !== x.shape.at(-1) || !sameShape(bias.shape, [out]))
    throw new Error(`linear of [${x.shape}] with weight [${weight.shape}] and bias [${bias.shape}]`);
  const rows = reshape(x, [sizeOf(leading), input]);
  return reshape(add(matmul(rows, weight, { transposeB: true }), bias), [...leading, out]);
}

function lastTwo(x: Tensor, transposed: boolean): [number, number] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
