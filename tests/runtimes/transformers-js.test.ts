import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { TextClassifier } from "@bertie/classifier";
import { env, pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { examples, tinyModel } from "../../packages/classifier/src/testing/tiny-model.ts";

const texts = examples(20).map(({ text }) => text);
let directory: string;
let classifier: TextClassifier;

beforeAll(async () => {
  const files = tinyModel({ labels: ["good", "bad", "neither"], record: {} });
  classifier = await TextClassifier.load({ name: "tiny", read: async (path) => files.get(path) });
  directory = join(await mkdtemp(join(tmpdir(), "bertie-export-")), "exported");
  await classifier.export(directory);
  env.allowRemoteModels = false;
  env.localModelPath = dirname(directory);
});

afterAll(async () => {
  await classifier.dispose();
  await rm(dirname(directory), { recursive: true, force: true });
});

it.each([
  ["fp32", 1e-5],
  ["fp16", 2e-3],
  ["q8", 0.1],
] as const)(
  "transformers.js gives the probabilities of classify() with an exported directory: %s",
  async (dtype, tolerance) => {
    const classify = await pipeline("text-classification", basename(directory), { dtype });
    const [expected, actual] = [await classifier.classify(texts), await classify(texts, { top_k: 3 })];
    const differences = (actual as { label: string; score: number }[][]).flatMap((scores, i) => {
      expect(scores).toHaveLength(3);
      return scores.map(({ label, score }) => {
        const own = expected[i]!.find((other) => other.label === label)!;
        return Math.abs(score - own.score);
      });
    });
    expect(Math.max(...differences)).toBeLessThan(tolerance);
    await classify.dispose();
  },
);
