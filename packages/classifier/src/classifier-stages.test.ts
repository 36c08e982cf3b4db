import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "./testing/tiny-model.ts";
import { TextClassifier } from "./text-classifier.ts";

const labels = ["bad", "good", "so-so"];
const model = tinyModel({ labels, record: { task_name: null, pairs: false, max_seq_length: 12 } });

let classifier: TextClassifier;
beforeAll(async () => {
  classifier = await TextClassifier.load(model, { engine: "reference" });
});
afterAll(() => classifier.dispose());

describe("TextClassifier.stages", () => {
  it("encode() returns the tokens of the whole text, and the rows that the model reads", () => {
    const { stages, tokenizer } = classifier;
    const [short, long, pair] = stages.encode(["good", "bad ".repeat(30), { text: "good", pair: "bad" }]);
    expect([short!.tokens, long!.tokens, pair!.tokens]).toEqual([3, 32, 5]);
    expect(long!.rows.map(({ inputIds }) => inputIds.length)).toEqual([12]);
    expect([...pair!.rows[0]!.inputIds]).toEqual(tokenizer.encode("good", { pair: "bad" }).ids);
  });

  it("encode() with the truncation side left keeps the end of a text", () => {
    const text = `${"bad ".repeat(30)}good`;
    const idOf = (token: string) => classifier.tokenizer.tokenToId(token);
    const [right] = classifier.stages.encode([text]);
    const [left] = classifier.stages.encode([text], { truncationSide: "left" });
    expect(right!.rows[0]!.inputIds).not.toContain(idOf("good"));
    expect([...left!.rows[0]!.inputIds.slice(-2)]).toEqual([idOf("good"), idOf("[SEP]")]);
    expect(left!.rows[0]!.inputIds).toHaveLength(12);
  });

  it("logits() and rank() return the result of classify(), for windows, too", async () => {
    const windowed = await TextClassifier.load(model, { engine: "reference", longText: "windows" });
    for (const each of [classifier, windowed]) {
      const { stages } = each;
      const texts = ["good", `${"bad ".repeat(30)}good`, "the room"];
      const logits = await stages.logits(stages.encode(texts));
      expect(logits.map((values) => stages.rank(values))).toEqual(await each.classify(texts));
    }
    await windowed.dispose();
  });

  it("rank() with raw scores returns the logits in the same order", async () => {
    const [logits] = await classifier.stages.logits(classifier.stages.encode(["good"]));
    const ranked = classifier.stages.rank(logits!, { rawScores: true });
    expect(ranked.map(({ label }) => label)).toEqual(classifier.stages.rank(logits!).map(({ label }) => label));
    for (const { label, score } of ranked) expect(score).toBe(logits![labels.indexOf(label)]);
  });
});
