import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { describe, expect, it } from "vitest";
import { createIntegratedGradients } from "./integrated-gradients.ts";
import { gaussLegendre } from "./quadrature.ts";
import { logOddsOfText, tinyBert } from "./testing/models.ts";

const words = ["good", "bad", "room", "em", "##barr", "##ass", "##ing", ","];
const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n");
const tokenizer = await BertTokenizer.fromVocab(vocabulary);
const text = "good embarrassing room, room bad";

describe("createIntegratedGradients()", () => {
  it.each([
    ["one label", 1, undefined, 32],
    ["two labels", 2, undefined, 32],
    ["three labels", 3, undefined, 32],
    ["a pair", 3, "embarrassing, good", 32],
    ["a truncated text", 3, undefined, 7],
  ])("returns contributions whose sum is the difference from the baseline: %s", async (_, labels, pair, maxLength) => {
    const model = await tinyBert(tokenizer, maxLength, labels);
    const explain = createIntegratedGradients(model);
    for (const label of model.labels) {
      const explanation = await explain({ text, pair, label, steps: 64 });
      const total = explanation.words.reduce((sum, { contribution }) => sum + contribution, 0);
      expect(total).toBeCloseTo(explanation.logOdds - explanation.baselineLogOdds, 5);
      expect(Math.abs(total)).toBeGreaterThan(1e-2);
    }
  });

  it("approximates the sum with the default number of steps, and explains the most probable label", async () => {
    const explanation = await createIntegratedGradients(await tinyBert(tokenizer, 32))({ text });
    const total = explanation.words.reduce((sum, { contribution }) => sum + contribution, 0);
    expect(total).toBeCloseTo(explanation.logOdds - explanation.baselineLogOdds, 3);
    expect(explanation.label).toBe(explanation.labels[0]!.label);
  });

  it("uses the text with all words masked as the baseline", async () => {
    const model = await tinyBert(tokenizer, 32);
    const { label, logOdds, baselineLogOdds } = await createIntegratedGradients(model)({ text, pair: "good" });
    const index = model.labels.indexOf(label);
    const masks = Array.from(tokenizer.tokenize(text), () => "[MASK]").join(" ");
    expect(logOdds).toBeCloseTo(await logOddsOfText(model, text, "good", index), 5);
    expect(baselineLogOdds).toBeCloseTo(await logOddsOfText(model, masks, "[MASK]", index), 5);
  });

  it("returns the same words as occlusion, each with the sum of its tokens' contributions", async () => {
    const explain = createIntegratedGradients(await tinyBert(tokenizer, 32));
    const byWord = await explain({ text });
    const byToken = await explain({ text, unit: "token" });
    expect(byWord.words.map((word) => word.text)).toEqual(["good", "embarrassing", "room", ",", "room", "bad"]);
    expect(byWord.words[1]).toMatchObject({ start: 5, end: 17, part: 0, tokens: ["em", "##barr", "##ass", "##ing"] });
    const pieces = byToken.words.slice(1, 5).reduce((sum, { contribution }) => sum + contribution, 0);
    expect(byWord.words[1]!.contribution).toBeCloseTo(pieces, 12);
    expect(byWord.words[2]!.contribution).not.toBeCloseTo(byWord.words[4]!.contribution, 3);
  });

  it("returns contribution 0 for a [MASK] in the text, and no words for an empty text", async () => {
    const explain = createIntegratedGradients(await tinyBert(tokenizer, 32));
    expect((await explain({ text: "good [MASK] room" })).words[1]!.contribution).toBe(0);
    expect(await explain({ text: "" })).toMatchObject({ words: [] });
  });

  it("rejects steps out of range, and an aborted signal", async () => {
    const explain = createIntegratedGradients(await tinyBert(tokenizer, 32));
    for (const steps of [0, 1.5, Number.NaN, 1001])
      await expect(explain({ text, steps })).rejects.toMatchObject({ code: "explain/steps" });
    await expect(explain({ text, signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});

describe("gaussLegendre()", () => {
  it.each([1, 2, 3, 32, 101])("integrates polynomials exactly with %i nodes", (count) => {
    const { nodes, weights } = gaussLegendre(count);
    expect(nodes.every((node, i) => node > (nodes[i - 1] ?? 0) && node < 1)).toBe(true);
    for (const degree of [0, 1, count, 2 * count - 1]) {
      const integral = nodes.reduce((sum, node, i) => sum + weights[i]! * node ** degree, 0);
      expect(integral).toBeCloseTo(1 / (degree + 1), 12);
    }
  });
});
