import type { Tensor } from "../../graph.ts";
import type { AdamUpdate } from "../adam-updates.ts";
import type { LoweringContext } from "./lowering-context.ts";
import { after } from "./node-order.ts";

/** Adds nodes for an Adam update and returns the node that applies it. */
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
  // The op corrects its learning rate by powers of the betas. Zero, their limit after many steps, disables the
  // correction.
  const settings = [number(0), number(0), c.name(learningRate), ...[beta1, beta2, epsilon].map(number)];
  const gradient = mul(update.gradient, c.name(update.clip));
  return c.node("ResourceApplyAdam", [...handles, ...settings, gradient, ...before], { T });
}
