import { readFileSync } from "node:fs";
import { Random } from "@bertie/common";
import { createOnnxExecutor, createReferenceExecutor } from "@bertie/engine";
import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { type Classifier, prepareInference } from "@bertie/optim";
import { expect, it } from "vitest";

const path = new URL("../packages/model/fixtures/tiny-bert/bert_config.json", import.meta.url);
const config = bertConfigFromJson(readFileSync(path, "utf8"), "bert_config.json");
const specs = parameterSpecs(config, 3);
const classifier: Classifier = {
  parameters: specs,
  logits: (parameters, batch, training) => bertForSequenceClassification(parameters, config, batch, training),
};
const parameters = initializeParameters(specs, 0.3, new Random(1, "parameters"));

function randomBatch(size: number, length: number) {
  const random = new Random(size * 100 + length, "batch");
  const lengths = Array.from({ length: size }, (_, row) => (row === 0 ? length : 1 + random.nextInt(length)));
  const isToken = (i: number) => i % length < lengths[Math.floor(i / length)]!;
  const matrix = (draw: () => number) =>
    Int32Array.from({ length: size * length }, (_, i) => (isToken(i) ? draw() : 0));
  return {
    ...{ size, length, inputIds: matrix(() => random.nextInt(config.vocabSize)), inputMask: matrix(() => 1) },
    ...{ segmentIds: matrix(() => random.nextInt(2)), labelIds: new Int32Array(size).fill(-1) },
  };
}

it.each(["node", "web"] as const)(
  "BERT with constant weights equals the reference engine for every batch shape on onnxruntime-%s",
  async (runtime) => {
    const maxLength = config.maxPositionEmbeddings;
    const reference = await prepareInference(createReferenceExecutor(), classifier, parameters, { maxLength });
    const executor = await createOnnxExecutor({ runtime });
    const frozen = await prepareInference(executor, classifier, parameters, { maxLength });
    expect([reference.isFrozen, frozen.isFrozen]).toEqual([false, true]);
    for (const [size, length] of [
      [1, 1],
      [1, 2],
      [5, 3],
      [2, 16],
      [17, 8],
      [1, maxLength],
    ] as const) {
      const batch = randomBatch(size, length);
      const [expected, logits] = [await reference.logits(batch), await frozen.logits(batch)];
      for (const [i, value] of logits.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    }
    await executor.dispose();
  },
);
