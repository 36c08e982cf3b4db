import { describe, expect, it } from "vitest";
import suites from "../fixtures/other-suites.json" with { type: "json" };
import { BertTokenizer } from "./index.ts";
import { fixture } from "./testing/fixtures.ts";

type Case = { readonly tokens: string; readonly ids: readonly number[]; readonly decoded: string };
type Model = {
  readonly model: string;
  readonly vocabulary: string | null;
  readonly lowercase: boolean;
  readonly cases: Readonly<Record<string, Case>>;
};

const split = (tokens: string) => (tokens === "" ? [] : tokens.split(" "));

/** Returns the tokens in the cases of a model, which take the place of a vocabulary that is not a fixture. */
function vocabularyOf(cases: Model["cases"]): string {
  const lines: string[] = [];
  for (const { tokens, ids } of Object.values(cases)) {
    const row = ["[CLS]", ...split(tokens), "[SEP]"];
    for (const [index, id] of ids.entries()) lines[id] = row[index]!;
  }
  const all = Array.from(lines, (line, id) => line ?? `[unused${id}]`);
  return [...all, ...["[UNK]", "[PAD]"].filter((token) => !all.includes(token))].join("\n");
}

describe("the test suite of transformers.js", () => {
  for (const { model, vocabulary, lowercase, cases } of suites.models as readonly Model[]) {
    it.each(Object.entries(cases))(`${model} has the tokens, ids and decoding of %s`, async (name, expected) => {
      const text = (suites.texts as Readonly<Record<string, string>>)[name]!;
      const lines = vocabulary === null ? vocabularyOf(cases) : fixture(`vocab-${vocabulary}.txt`);
      const tokenizer = await BertTokenizer.fromVocab(lines, { lowercase });
      const { ids } = tokenizer.encode(text);
      expect(tokenizer.tokenize(text)).toEqual(split(expected.tokens));
      expect(ids).toEqual(expected.ids);
      expect(tokenizer.decode(ids)).toBe(expected.decoded);
    });
  }

  it("bert-base-uncased encodes and decodes a pair", async () => {
    const tokenizer = await BertTokenizer.fromVocab(fixture("vocab-en.txt"));
    const { ids, typeIds } = tokenizer.encode("hello", { pair: "world" });
    expect(ids).toEqual([101, 7592, 102, 2088, 102]);
    expect(typeIds).toEqual([0, 0, 0, 1, 1]);
    expect(tokenizer.decode(ids)).toBe("[CLS] hello [SEP] world [SEP]");
  });
});

describe("the test suite of Google's release", () => {
  it.each(suites.google)("$text becomes $tokens", async ({ vocabulary, lowercase, text, tokens, ids }) => {
    const tokenizer = await BertTokenizer.fromVocab(vocabulary.join("\n"), { lowercase });
    const encoding = tokenizer.encode(text, { addSpecialTokens: false });
    expect([encoding.tokens, encoding.ids]).toEqual([split(tokens), ids]);
    // The vocabularies of the suite have no [PAD].
    expect(tokenizer.warnings).toEqual([expect.stringContaining("[PAD]")]);
    expect([...tokenizer.encodeBatch([text, "want want"], { maxLength: 12, padding: "maxLength" }).ids].at(-1)).toBe(0);
  });
});
