import { describe, expect, it } from "vitest";
import type { Tensor } from "../graph.ts";
import { add, div, mul, sqrt, square, sub } from "../ops/elementwise.ts";
import { trace } from "../trace.ts";
import { findAdamUpdates } from "./adam-updates.ts";

interface Variation {
  readonly decay?: boolean;
  /** Weight of the gradient in the new m. */
  readonly weight?: number;
  /** Whether to omit the update of m. */
  readonly keepM?: boolean;
  /** Factor of the learning rate. */
  readonly factor?: number;
}

/** Returns a program with one step of Adam on a parameter p. */
function adam({ decay = true, weight = 1 - 0.9, keepM = false, factor = 1 }: Variation) {
  return trace((t) => {
    const [p, m, v] = ["p", "m", "v"].map((name) => t.state(name, "float32", [3])) as [Tensor, Tensor, Tensor];
    const [gradient, clip, rate] = [
      t.feed("g", "float32", [3]),
      t.feed("clip", "float32", []),
      t.feed("lr", "float32", []),
    ];
    const nextM = add(mul(m, 0.9), mul(gradient, mul(clip, weight)));
    const nextV = add(mul(v, 0.999), mul(square(gradient), mul(square(clip), 1 - 0.999)));
    const update = div(nextM, add(sqrt(nextV), 1e-6));
    const direction = decay ? add(update, mul(p, 0.01)) : update;
    return {
      updates: {
        p: sub(p, mul(direction, factor === 1 ? rate : mul(rate, factor))),
        v: nextV,
        ...(keepM ? {} : { m: nextM }),
      },
    };
  });
}

describe("findAdamUpdates()", () => {
  it("finds updates with and without decay", () => {
    for (const decay of [true, false]) {
      const program = adam({ decay });
      const [update, ...others] = findAdamUpdates(program);
      expect(others).toEqual([]);
      expect(update!.names).toEqual({ parameter: "p", m: "m", v: "v" });
      expect([update!.gradient, update!.clip, update!.learningRate]).toEqual(
        ["g", "clip", "lr"].map((name) => program.feeds.get(name)),
      );
      expect(update).toMatchObject({ beta1: 0.9, beta2: 0.999, epsilon: 1e-6, decay: decay ? 0.01 : 0 });
    }
  });

  it("finds updates whose learning rate has a factor", () => {
    const [update] = findAdamUpdates(adam({ factor: 0.5 }));
    expect(update!.names.parameter).toBe("p");
    expect(update!.learningRate.shape).toEqual([]);
  });

  it("ignores similar programs: another weight of the gradient, or an m that is not updated", () => {
    expect(findAdamUpdates(adam({ weight: 0.2 }))).toEqual([]);
    expect(findAdamUpdates(adam({ keepM: true }))).toEqual([]);
  });
});
