import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LearningRate, learningRateAt, type ScheduleName, schedules } from "./schedules.ts";

interface Reference {
  readonly schedule: ScheduleName;
  readonly totalSteps: number;
  readonly warmup: number;
  /** At updates 0, 1, 2, …, some of them past the end. */
  readonly factors: readonly number[];
}

// Written by scripts/reference/schedules.py.
const table = JSON.parse(
  readFileSync(new URL("../fixtures/schedules.json", import.meta.url), "utf8"),
) as readonly Reference[];
const names = Object.keys(schedules) as ScheduleName[];

const ratesOf = (settings: Omit<LearningRate, "peak">, count: number) =>
  Array.from({ length: count }, (_, step) => learningRateAt(step, { peak: 1, ...settings }));

describe("learningRateAt()", () => {
  it("knows every schedule of pytorch-pretrained-bert 0.6.2", () => {
    expect([...new Set(table.map(({ schedule }) => schedule))]).toEqual(names.toSorted());
  });

  it.each(table)(
    "agrees with pytorch-pretrained-bert 0.6.2: $schedule, $totalSteps updates, warmup $warmup",
    ({ factors, ...settings }) => {
      // Past the end the reference's cosine rises again; ours stays down.
      const beyond = settings.schedule === "warmup_cosine" && settings.totalSteps > 0 ? settings.totalSteps : Infinity;
      for (const [step, rate] of ratesOf(settings, factors.length).entries())
        expect(rate).toBeCloseTo(step > beyond ? 0 : factors[step]!, 14);
    },
  );

  const settings = fc.record({
    schedule: fc.constantFrom(...names),
    warmup: fc.double({ min: 0, max: 1, noNaN: true }),
    totalSteps: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constant(-1)),
  });

  it("stays between 0 and the peak, past the last update too", () => {
    const peak = 5e-5;
    fc.assert(
      fc.property(settings, fc.nat(200_000), (rest, step) => {
        const rate = learningRateAt(step, { peak, ...rest });
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(peak);
      }),
    );
  });

  it("is 0 at the first update if there is a warmup, and the peak if there is none", () => {
    fc.assert(
      fc.property(settings, ({ schedule, warmup, totalSteps }) => {
        const first = learningRateAt(0, { peak: 3, schedule, warmup, totalSteps });
        expect(first).toBe(warmup > 0 && totalSteps > 0 && schedule !== "none" ? 0 : 3);
      }),
    );
  });

  it("rises until the warmup ends and never after", () => {
    fc.assert(
      fc.property(settings, fc.nat(200), (rest, step) => {
        const total = 150;
        const rising = rest.schedule !== "none" && (step + 1) / total < rest.warmup;
        const [before, after] = [step, step + 1].map((at) =>
          learningRateAt(at, { ...rest, peak: 1, totalSteps: total }),
        );
        if (rising) expect(after).toBeGreaterThan(before!);
        else if (step / total >= rest.warmup) expect(after).toBeLessThanOrEqual(before!);
      }),
    );
  });

  it.each(names)("%s warms up to the very end with warmup 1", (schedule) => {
    const rates = ratesOf({ schedule, warmup: 1, totalSteps: 4 }, 6);
    expect(rates.slice(0, 4)).toEqual(schedule === "none" ? [1, 1, 1, 1] : [0, 0.25, 0.5, 0.75]);
    expect(rates.slice(4)).toEqual([1, 1]);
  });

  it.each([-1, 1.01, Number.NaN])("refuses the warmup %d", (warmup) => {
    expect(() => learningRateAt(0, { peak: 1, schedule: "warmup_linear", warmup, totalSteps: 10 })).toThrow(
      expect.objectContaining({ name: "BertieError", code: "options/warmup" }),
    );
  });
});
