import { describe, expect, it } from "vitest";
import type { Tensor } from "../graph.ts";
import { add, div, mul, sqrt, square, sub } from "../ops/elementwise.ts";
import { trace } from "../trace.ts";
import { findAdamUpdates } from "./adam-updates.ts";

interface Variation {
  readonly decay?: boolean;
  /** The new mean's share of the gradient. */
  readonly share?: number;
  readonly keepM?: boolean;
}

/** One step of Adam on a parameter p. */
function adam({ decay = true, share = 1 - 0.9, keepM = false }: Variation) {
  return trace((t) => {
    const [p, m, v] = ["p", "m", "v"].map((name) => t.state(name, "float32", [3])) as [Tensor, Tensor, Tensor];
    const [gradient, clip, rate] = [
      t.feed("g", "float32", [3]),
      t.feed("clip", "float32", []),
      t.feed("lr", "float32", []),
    ];
    const nextM = add(mul(m, 0.9), mul(gradient, mul(clip, share)));
    const nextV = add(mul(v, 0.999), mul(square(gradient), mul(square(clip), 1 - 0.999)));
    const update = div(nextM, add(sqrt(nextV), 1e-6));
    const direction = decay ? add(update, mul(p, 0.01)) : update;
    return { updates: { p: sub(p, mul(direction, rate)), v: nextV, ...(keepM ? {} : { m: nextM }) } };
  });
}

describe("findAdamUpdates()", () => {
  it("finds updates with decay and without", () => {
    for (const decay of [true, false]) {
      const program = adam({ decay });
      const [found, ...others] = findAdamUpdates(program);
      expect(others).toEqual([]);
      expect(found!.names).toEqual({ parameter: "p", m: "m", v: "v" });
      expect([found!.gradient, found!.clip, found!.learningRate]).toEqual(
        ["g", "clip", "lr"].map((name) => program.feeds.get(name)),
      );
      expect(found).toMatchObject({ beta1: 0.9, beta2: 0.999, epsilon: 1e-6, decay: decay ? 0.01 : 0 });
    }
  });

  it("leaves alone what only looks like one: another share of the gradient, a mean that is not kept", () => {
    expect(findAdamUpdates(adam({ share: 0.2 }))).toEqual([]);
    expect(findAdamUpdates(adam({ keepM: true }))).toEqual([]);
  });
});
