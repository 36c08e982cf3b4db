import { expect, it } from "vitest";
import { createDivergenceCheck } from "./divergence.ts";

const check = (losses: readonly number[]) => {
  const diverges = createDivergenceCheck();
  return losses.map(diverges).at(-1);
};
const steps = (count: number, loss: (i: number) => number) => Array.from({ length: count }, (_, i) => loss(i));

it.each([
  ["falling losses", steps(100, (i) => 0.7 - i / 200)],
  ["noisy losses", steps(100, (i) => 0.7 + 0.4 * (i % 2))],
  ["one high loss", [...steps(50, () => 0.5), 2]],
  ["low losses", steps(100, (i) => 0.01 + i / 1000)],
  ["few losses", [0.1, 2, 3, 4]],
])("createDivergenceCheck() accepts %s", (_, losses) => {
  expect(check(losses)).toBeUndefined();
});

it.each([
  ["rising losses", steps(100, (i) => 0.7 + i / 50)],
  ["losses that are not numbers", [...steps(20, () => 0.7), Number.NaN]],
])("createDivergenceCheck() reports %s", (_, losses) => {
  expect(check(losses)?.from).toBeLessThan(1);
});
