import { Random } from "@bertie/common";
import { createReferenceExecutor } from "@bertie/engine";
import { bertConfigFromJson, initializeParameters, parameterSpecs } from "@bertie/model";
import { describe, expect, it } from "vitest";
import { createExplainer } from "./explain.ts";
import { openModel } from "./live.ts";

const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\nroom\n,";
const sizes = { vocab_size: 8, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16 };
const config = bertConfigFromJson(JSON.stringify({ ...sizes, max_position_embeddings: 32 }), "config.json");
const labels = ["no", "yes", "perhaps"];
const facts = {
  ...{ name: "tiny", config, labels, lowerCase: true, maxLength: 32, taskName: "news", pairs: false },
  vocab: new TextEncoder().encode(vocab),
};
const parameters = initializeParameters(parameterSpecs(config, labels.length), 0.5, new Random(7, "test"));
const WORDS = "bert.embeddings.word_embeddings.weight";

async function scoreOf(text: string, words: Float32Array, label: number): Promise<number> {
  const executor = createReferenceExecutor({ precision: "float64" });
  const model = await openModel(facts, new Map([...parameters, [WORDS, words]]), executor);
  const { probabilities } = await createExplainer(model)({ text, pair: undefined, label });
  const logits = probabilities.map(Math.log); // up to a constant, which the score does not see
  return logits[label]! - (logits.reduce((sum, x) => sum + x) - logits[label]!) / (labels.length - 1);
}

describe("createExplainer()", () => {
  it("gives a word's tokens contributions that sum to the slope of the score along its embedding", async () => {
    const executor = createReferenceExecutor({ precision: "float64" });
    const explain = createExplainer(await openModel(facts, parameters, executor));
    const text = "good room, room";
    const { tokens, contributions, label, probabilities } = await explain({ text, pair: undefined, label: undefined });
    expect(tokens).toEqual(["[CLS]", "good", "room", ",", "room", "[SEP]"]);
    expect(probabilities[label]).toBe(Math.max(...probabilities));
    expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 6);

    // "room" stands there twice: scaling its row of the table moves both.
    const scaled = (factor: number) => parameters.get(WORDS)!.map((x, i) => (i >> 3 === 6 ? x * factor : x));
    const step = 1e-2;
    const up = await scoreOf(text, scaled(1 + step), label);
    const down = await scoreOf(text, scaled(1 - step), label);
    expect(contributions[2]! + contributions[4]!).toBeCloseTo((up - down) / (2 * step), 3);
    expect(contributions[2]).not.toBeCloseTo(contributions[4]!, 3);
  });

  it("explains the label that is asked for: with two labels, one is the other's opposite", async () => {
    const two = { ...facts, labels: ["no", "yes"] };
    const specs = parameterSpecs(config, 2);
    const model = await openModel(
      two,
      initializeParameters(specs, 0.5, new Random(7, "test")),
      createReferenceExecutor(),
    );
    const explain = createExplainer(model);
    const [no, yes] = [
      await explain({ text: "bad", pair: "good", label: 0 }),
      await explain({ text: "bad", pair: "good", label: 1 }),
    ];
    expect(no.typeIds).toEqual([0, 0, 0, 1, 1]);
    expect(no.contributions.map((x, i) => x + yes.contributions[i]!)).toEqual(
      no.contributions.map(() => expect.closeTo(0, 5)),
    );
  });
});
