import { describe, expect, it } from "vitest";
import { memoryStorage } from "../storage/memory.ts";
import { examples } from "../testing/tiny-model.ts";
import { fastOptions, outcomeOf, runToEnd, runUntil } from "../testing/training.ts";
import { createTrainer, type TrainerOptions } from "../trainer.ts";
import { optionsOf, recordOf } from "./options.ts";

const aids = {
  ...{ classWeights: { good: 2, bad: 0.5 }, labelSmoothing: 0.1, layerDecay: 0.8, schedule: "cosine" as const },
};
const values = examples(12).map(({ text }, i) => ({ text, value: i / 4 }));
const lists = examples(12).map(({ text, label }) => ({ text, labels: label === "good" ? ["nice"] : [] }));

describe("learning aids", () => {
  it("are read from a record as they were written", () => {
    const record = recordOf(aids);
    expect(record).toEqual({
      ...{ classWeights: '{"bad":0.5,"good":2}', labelSmoothing: 0.1, layerDecay: 0.8, schedule: "cosine" },
    });
    expect(optionsOf(JSON.parse(JSON.stringify(record)))).toMatchObject(aids);
    expect(optionsOf(recordOf({ classWeights: "balanced" })).classWeights).toBe("balanced");
  });

  it("resume with the same result, and not with other weights", async () => {
    const options: TrainerOptions = { ...fastOptions, ...aids };
    const expected = await outcomeOf((await runToEnd(options)).storage);
    const storage = memoryStorage();
    await runUntil(4, { ...options, storage });
    const other = { ...options, storage, resume: true, classWeights: { good: 2, bad: 1 } };
    await expect(createTrainer(other)).rejects.toMatchObject({ code: "options/changed" });
    // The order of the keys does not matter.
    await runToEnd({ ...options, storage, resume: true, classWeights: { bad: 0.5, good: 2 } });
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it.each([
    [{ labelSmoothing: 1 }, "options/range"],
    [{ labelSmoothing: -0.1 }, "options/range"],
    [{ layerDecay: 0 }, "options/range"],
    [{ layerDecay: 1.1 }, "options/range"],
    [{ schedule: "cubic" as "linear" }, "options/range"],
    [{ classWeights: { good: 1 } }, "options/class-weights"],
    [{ classWeights: { good: 1, bad: 1, worse: 1 } }, "options/class-weights"],
    [{ labelSmoothing: 0.1, train: values }, "options/problem-type"],
    [{ classWeights: "balanced", train: values }, "options/problem-type"],
    [{ labelSmoothing: 0.1, train: lists }, "options/problem-type"],
  ] as const)("refuses option set %#", async (options, code) => {
    const { evaluation: _evaluation, ...fast } = fastOptions;
    await expect(createTrainer({ ...fast, ...options } as TrainerOptions)).rejects.toMatchObject({ code });
  });
});
