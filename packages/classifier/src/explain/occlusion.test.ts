import { BertTokenizer } from "@bertie/tokenizer-wasm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExplainedModel, ExplainedWord } from "./explanation.ts";
import { explainByOcclusion } from "./occlusion.ts";
import { hashingModel, labels, logOddsOfText, tinyBert, tokenizerFor } from "./testing/models.ts";

const chinese = await tokenizerFor("zh");
const english = await tokenizerFor("en");
const cased = await tokenizerFor("en", { lowercase: false });
const tokenizers = [chinese, english, cased, await tokenizerFor("zh", { handleChineseChars: false })];

/** Explains a text, and compares each contribution with the classification of the text with " [MASK] " inserted. */
async function compareWithText(model: ExplainedModel, text: string, pair?: string): Promise<readonly ExplainedWord[]> {
  const { words, label, logOdds } = await explainByOcclusion(model, { text, pair });
  const index = labels.indexOf(label);
  expect(logOdds).toBeCloseTo(await logOddsOfText(model, text, pair, index), 5);
  for (const { part, start, end, text: word, contribution } of words) {
    const replace = (source: string) => `${source.slice(0, start)} [MASK] ${source.slice(end)}`;
    const masked = part === 0 ? ([replace(text), pair] as const) : ([text, replace(pair!)] as const);
    expect(contribution, word).toBeCloseTo(logOdds - (await logOddsOfText(model, ...masked, index)), 5);
  }
  return words;
}

describe("explainByOcclusion() equals the classification of a text with the word replaced by [MASK]", () => {
  const texts: [name: string, tokenizer: BertTokenizer, text: string, pair?: string][] = [
    ["Chinese", chinese, "房间很干净，服务态度极差。"],
    ["English", english, "The unaffable receptionist was embarrassingly rude, wasn't she?"],
    ["mixed", chinese, "这台ThinkPad的keyboard手感excellent！买了2台，共¥9,999.00"],
    ["unknown words", english, "a 房间 \u{1f600} b\u{1f600}c [UNK] end"],
    ["special tokens in the text", chinese, "很好 [SEP] 不错 [MASK] 房间"],
    ["odd blanks and accents", english, "\u00a0Café\u0301\t\u3000naïve\u200b\n\ufffdresumé \ud800x"],
    [
      "a pair",
      english,
      "Where is the embarrassing receptionist?",
      "Unaffable receptionists are, embarrassingly, here.",
    ],
    ["a mixed pair", chinese, "房间unaffable很干净", "态度 embarrassingly 差"],
    ["a pair with an empty text", chinese, "", "房间很干净"],
    ["a pair with an empty second text", chinese, "房间很干净", ""],
  ];

  it.each(texts)("%s", async (_, tokenizer, text, pair) => {
    const words = await compareWithText(hashingModel(tokenizer, 64), text, pair);
    expect(words.length).toBeGreaterThan(3);
  });

  it.each(texts)("%s, truncated to any length", async (_, tokenizer, text, pair) => {
    for (let maxLength = pair === undefined ? 2 : 3; maxLength < 24; maxLength++)
      await compareWithText(hashingModel(tokenizer, maxLength), text, pair);
  });

  it("for very long texts, truncated", async () => {
    const [long, longer] = ["房间很干净 ".repeat(20_000), "unaffable 服务 ".repeat(40_000)];
    const model = hashingModel(chinese, 24);
    expect(await compareWithText(model, long)).toHaveLength(22);
    await compareWithText(model, long, longer);
    await compareWithText(model, "很好", longer);
  });

  it("for the logits of a BERT", async () => {
    const tokenizer = await tokenizerOf(["good", "bad", "room", "em", "##barr", "##ass", "##ing", ","]);
    const model = await tinyBert(tokenizer, 10);
    await compareWithText(model, "good embarrassing room, room bad", "embarrassing good");
    await compareWithText(model, "good embarrassing room, embarrassing embarrassing good bad");
  });

  it("for any texts, options and lengths", async () => {
    const part = fc.oneof(
      fc.constantFrom(" ", "a", "Zé", "中", "\u{20000}", "한", "A", "'", ".", "≠", "İ", "\u0301", "\u302e", "\u00ad"),
      fc.constantFrom("unaffable", "receptionist", " [SEP] ", " [UNK] ", " [MASK] ", "\n", "\u2028", "\ud800"),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    );
    // The lowercase form of a capital sigma depends on the adjacent characters.
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join("").replaceAll("Σ", "S"));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tokenizers),
        text,
        fc.option(text, { nil: undefined }),
        fc.integer({ min: 3, max: 24 }),
        async (tokenizer, text, pair, maxLength) => {
          await compareWithText(hashingModel(tokenizer, maxLength), text, pair);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("explainByOcclusion()", () => {
  it("returns each word with all of its tokens, and each Chinese character as a word", async () => {
    const { words } = await explainByOcclusion(hashingModel(chinese, 64), { text: "很 Unaffable！", pair: "好" });
    expect(words.map(({ contribution, ...word }) => word)).toEqual([
      { text: "很", start: 0, end: 1, part: 0, tokens: ["很"] },
      { text: "Unaffable", start: 2, end: 11, part: 0, tokens: chinese.tokenize("unaffable") },
      { text: "！", start: 11, end: 12, part: 0, tokens: ["！"] },
      { text: "好", start: 0, end: 1, part: 1, tokens: ["好"] },
    ]);
  });

  it('masks single tokens with unit "token"', async () => {
    const model = hashingModel(english, 8);
    const text = "unaffable embarrassingly unaffable receptionist";
    const { ids, tokens, offsets } = english.encode(text, { maxLength: 8 });
    const { words, label, logOdds, truncated } = await explainByOcclusion(model, { text, unit: "token" });
    expect(truncated).toBe(true);
    expect(words.map((word) => word.tokens)).toEqual(tokens.slice(1, -1).map((token) => [token]));
    expect(words.map(({ start, end }) => [start, end])).toEqual(offsets.slice(1, -1));
    for (const [i, { contribution }] of words.entries()) {
      const inputIds = Int32Array.from(ids.with(i + 1, english.maskTokenId!));
      const row = { inputIds, inputMask: inputIds.map(() => 1), segmentIds: inputIds.map(() => 0) };
      const logits = await model.logits({ size: 1, length: ids.length, ...row });
      const index = labels.indexOf(label);
      const others = logits.filter((_, j) => j !== index).reduce((sum, x) => sum + Math.exp(x), 0);
      expect(contribution).toBeCloseTo(logOdds - (logits[index]! - Math.log(others)), 5);
    }
  });

  it("explains the most probable label by default, and ranks the labels by their scores", async () => {
    const model = { ...hashingModel(chinese, 64), logits: constantLogits([1, 3, 2]) };
    const { labels: ranked, label, logOdds, words } = await explainByOcclusion(model, { text: "好" });
    expect(label).toBe("neutral");
    expect(ranked.map((entry) => entry.label)).toEqual(["neutral", "positive", "negative"]);
    expect(ranked.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
    expect(logOdds).toBeCloseTo(Math.log(ranked[0]!.score / (1 - ranked[0]!.score)), 12);
    expect(words.map(({ contribution }) => contribution)).toEqual([0]);
  });

  it("explains the requested label", async () => {
    const two = { ...hashingModel(chinese, 64), labels: ["no", "yes"], logits: sumOfIds };
    const no = await explainByOcclusion(two, { text: "房间很好", label: "no" });
    const yes = await explainByOcclusion(two, { text: "房间很好", label: "yes" });
    expect([no.label, yes.label]).toEqual(["no", "yes"]);
    expect(no.words.map(({ contribution }) => -contribution)).toEqual(yes.words.map((word) => word.contribution));
    expect(no.words.some(({ contribution }) => contribution !== 0)).toBe(true);
    const message = 'the model has no label "maybe". Choose one of no, yes.';
    await expect(explainByOcclusion(two, { text: "好", label: "maybe" })).rejects.toMatchObject({
      code: "explain/label",
      message,
    });
  });

  it("returns finite log-odds if probabilities round to 0 or 1", async () => {
    const model = { ...hashingModel(chinese, 64), logits: constantLogits([-400, 500, -300]) };
    expect(await explainByOcclusion(model, { text: "好" })).toMatchObject({ logOdds: 800 });
    expect(await explainByOcclusion(model, { text: "好", label: "negative" })).toMatchObject({ logOdds: -900 });
  });

  it("interprets a single logit as log-odds", async () => {
    const model = { ...hashingModel(chinese, 64), labels: ["toxic"], logits: constantLogits([-2]) };
    const { labels: scores, logOdds } = await explainByOcclusion(model, { text: "好" });
    expect(logOdds).toBe(-2);
    expect(scores[0]!.score).toBeCloseTo(1 / (1 + Math.exp(2)), 12);
  });

  it("returns no words for an empty text", async () => {
    const model = hashingModel(chinese, 64);
    expect(await explainByOcclusion(model, { text: " \n" })).toMatchObject({ words: [], truncated: false });
    expect(model.batches.map(({ size }) => size)).toEqual([1]);
  });

  it("returns the words that are not truncated, including a partially truncated word", async () => {
    const text = "receptionist unaffable receptionist";
    const tokens = [english.tokenize("receptionist"), english.tokenize("unaffable")];
    const { words, truncated } = await explainByOcclusion(hashingModel(english, tokens[0]!.length + 3), { text });
    expect(words.map((word) => word.tokens)).toEqual(tokens);
    expect(truncated).toBe(true);
  });

  it("computes equal rows once, in batches of few shapes", async () => {
    const model = hashingModel(chinese, 512);
    await explainByOcclusion(model, { text: "好[MASK]很[MASK]差[MASK]房[MASK]" });
    await explainByOcclusion(model, { text: "[MASK] [MASK] [MASK]" });
    expect(model.batches.map(({ size, length }) => [size, length])).toEqual([
      [4, 16],
      [1, 16],
      [1, 8],
    ]);
    model.batches.length = 0;
    await explainByOcclusion(model, { text: "很好".repeat(31), pair: "unaffable".repeat(2) });
    expect(model.batches.reduce((sum, { size }) => sum + size, 0)).toBe(64);
    for (const { size, length } of model.batches) {
      expect(Number.isInteger(Math.log2(size))).toBe(true);
      expect(length % 8).toBe(0);
      expect(size * length).toBeLessThanOrEqual(1024);
    }
    expect(model.batches.every((batch) => batch.inputIds.length === batch.size * batch.length)).toBe(true);
  });

  it("does not pad with anyShape", async () => {
    const model = hashingModel(chinese, 512);
    await explainByOcclusion({ ...model, anyShape: true }, { text: "房间很好" });
    expect(model.batches.map(({ size, length }) => [size, length])).toEqual([[5, 6]]);
  });

  it("stops between two batches when its signal is aborted", async () => {
    const controller = new AbortController();
    const model = hashingModel(chinese, 512);
    const stopping: ExplainedModel = {
      ...model,
      logits(batch) {
        controller.abort(new Error("enough"));
        return model.logits(batch);
      },
    };
    const text = "房间很干净".repeat(40);
    await expect(explainByOcclusion(stopping, { text, signal: controller.signal })).rejects.toThrow("enough");
    expect(model.batches).toHaveLength(1);
  });

  it("supports a tokenizer that ignores special tokens in the text", async () => {
    const tokenizer = await tokenizerFor("zh", { specialTokens: "none" });
    const model = hashingModel(tokenizer, 64);
    const same = hashingModel(chinese, 64);
    const request = { text: "房间很干净" };
    expect(await explainByOcclusion(model, request)).toEqual(await explainByOcclusion(same, request));
  });

  it("rejects a vocabulary without [MASK], and a maxLength that is less than the special tokens", async () => {
    const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood");
    const bare = explainByOcclusion(hashingModel(tokenizer, 64), { text: "good" });
    await expect(bare).rejects.toMatchObject({ code: "explain/no-mask", message: expect.stringContaining("[MASK]") });
    const short = explainByOcclusion(hashingModel(chinese, 2), { text: "好", pair: "好" });
    await expect(short).rejects.toMatchObject({ code: "options/max-length" });
  });
});

function tokenizerOf(tokens: readonly string[]): Promise<BertTokenizer> {
  return BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...tokens].join("\n"));
}

function constantLogits(row: readonly number[]): ExplainedModel["logits"] {
  return ({ size }) =>
    Promise.resolve(Float32Array.from({ length: size * row.length }, (_, i) => row[i % row.length]!));
}

/** Returns two logits, of which the second increases with the ids. */
const sumOfIds: ExplainedModel["logits"] = ({ size, length, inputIds }) => {
  const sums = Array.from({ length: size }, (_, i) =>
    inputIds.subarray(i * length, (i + 1) * length).reduce((a, b) => a + b / 1024, 0),
  );
  return Promise.resolve(Float32Array.from(sums.flatMap((total) => [0, total])));
};
