import { describe, expect, it } from "vitest";
import { tinyModel } from "./testing/tiny-model.ts";
import { TextClassifier } from "./text-classifier.ts";

const model = tinyModel({ labels: ["bad", "good"] });
const load = (options = {}) => TextClassifier.load(model, { engine: "reference", ...options });

describe("TextClassifier", () => {
  it("load() rejects an invalid maxLength or batchSize", async () => {
    for (const options of [
      ...[0, -1, 2, 3.5, Number.NaN].map((maxLength) => ({ maxLength })),
      ...[0, -1, 1.5, Number.NaN].map((batchSize) => ({ batchSize })),
    ])
      await expect(load(options), JSON.stringify(options)).rejects.toMatchObject({ code: "options/value" });
  });

  it("classify() rejects a topK that is not a positive integer", async () => {
    await using classifier = await load();
    for (const topK of [0, -1, 1.5, Number.NaN])
      await expect(classifier.classify("good", { topK }), String(topK)).rejects.toMatchObject({
        code: "options/value",
        message: `topK is ${topK}: expected an integer of at least 1.`,
      });
  });

  it("explain() rejects an unknown unit or method", async () => {
    await using classifier = await load();
    for (const options of [{ unit: "letter" }, { method: "gradients" }])
      await expect(classifier.explain("good", options as never)).rejects.toMatchObject({ code: "options/value" });
  });
});
