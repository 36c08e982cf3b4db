import { Random } from "@bertie/common";
import { isFloat, type TensorData } from "../dtype.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { grad } from "../grad.ts";
import type { Tensor } from "../graph.ts";
import { constant } from "../ops/constant.ts";
import { cast, mul } from "../ops/elementwise.ts";
import { sum } from "../ops/reduce.ts";
import { sizeOf } from "../shape.ts";
import { trace } from "../trace.ts";
import { feedsFor } from "./evaluate.ts";

/** A function of tensors and the point at which its gradients are checked. */
export interface Differentiable {
  readonly inputs: readonly TensorData[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /**
   * Step size of the finite differences.
   *
   * @default 1e-4
   */
  readonly step?: number;
}

/**
 * Returns the largest error of grad(), compared with central finite differences in double precision, over all elements
 * of all floating-point inputs. The error is relative if the magnitude of the derivative is at least 1, otherwise absolute.
 * The loss is a weighted sum of the function's result.
 */
export async function gradientError({ inputs, build, step = 1e-4 }: Differentiable): Promise<number> {
  const program = trace(({ feed }) => {
    const tensors = inputs.map(({ dtype, shape }, i) => feed(`x${i}`, dtype, shape));
    const loss = weightedSum(build(...tensors));
    const slopes: Record<string, Tensor> = {};
    for (const [i, x] of tensors.entries()) if (isFloat(x.dtype)) slopes[`slope${i}`] = grad(loss, [x])[0]!;
    return { outputs: { loss, ...slopes } };
  });
  const compiled = await createReferenceExecutor({ precision: "float64" }).compile(program);
  const run = (values: readonly TensorData[]) => compiled.run(feedsFor(program, values), { dropoutSeed: [42, 1] });
  const analytic = await run(inputs);

  let worst = 0;
  for (const [i, input] of inputs.entries()) {
    if (!isFloat(input.dtype)) continue;
    for (const [j, x] of input.data.entries()) {
      const lossAt = async (value: number) => {
        const data = Float64Array.from(input.data).with(j, value);
        return (await run(inputs.with(i, { ...input, data }))).loss!.data[0]!;
      };
      const numeric = ((await lossAt(x + step)) - (await lossAt(x - step))) / (2 * step);
      const slope = analytic[`slope${i}`]!.data[j]!;
      worst = Math.max(worst, Math.abs(slope - numeric) / Math.max(1, Math.abs(numeric)));
    }
  }
  return worst;
}

/**
 * Returns the weighted sum of y. The weights are fixed multiples of 1/8, which float16 represents exactly, and vary by
 * element.
 */
export function weightedSum(y: Tensor): Tensor {
  const random = new Random(7, "weights");
  const weights = Array.from({ length: sizeOf(y.shape) }, () => (random.nextInt(33) - 16) / 8);
  return sum(mul(cast(y, "float32"), constant(y.graph, weights, "float32", y.shape)));
}
