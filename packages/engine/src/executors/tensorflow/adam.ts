import type { Tensor } from "../../graph.ts";
import type { AdamUpdate } from "../adam-updates.ts";
import type { LoweringContext } from "./lowering-context.ts";
import { after } from "./node-order.ts";

/** Writes an update; gives the node that makes it. */
export function lowerAdam(update: AdamUpdate, handles: readonly string[], c: LoweringContext): string {
  const T = "float32";
  const [parameter] = handles as [string];
  const mul = (x: Tensor, y: string) => c.node("Mul", [c.name(x), y], { T });
  const number = (value: number) => c.constant(T, [value], []);
  const { learningRate, beta1, beta2, epsilon, decay } = update;
  const before: string[] = [];
  if (decay !== 0) {
    const decayed = mul(update.parameter, mul(learningRate, number(decay)));
    before.push(after(c.node("AssignSubVariableOp", [parameter, decayed], { dtype: T })));
  }
  // The powers of the betas, by which the op corrects its rate, as they are after many steps: zero.
  const settings = [number(0), number(0), c.name(learningRate), ...[beta1, beta2, epsilon].map(number)];
  const gradient = mul(update.gradient, c.name(update.clip));
  return c.node("ResourceApplyAdam", [...handles, ...settings, gradient, ...before], { T });
}
