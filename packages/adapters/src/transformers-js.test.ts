import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { PreTrainedTokenizer, Tensor, BertTokenizer as TheirTokenizer } from "@huggingface/transformers";
import { beforeAll, describe, expect, it } from "vitest";
import { transformersTokenizer } from "./transformers-js.ts";

const models = ["bge-small-zh-v1.5", "all-MiniLM-L6-v2"] as const;
const directory = fileURLToPath(new URL("../../../examples/models/", import.meta.url));
const texts = ["The room was clean.", "房间很干净，服务也好！", "unaffable naïve 🙂", "", "don't [MASK] me"];
const pairs = ["Breakfast", "早餐", "x", "not empty", "y z"];

type Both = { readonly ours: PreTrainedTokenizer; readonly theirs: PreTrainedTokenizer };
const tokenizers = new Map<string, Both>();

const config = {
  ...{ pad_token: "[PAD]", unk_token: "[UNK]", cls_token: "[CLS]", sep_token: "[SEP]", mask_token: "[MASK]" },
  model_max_length: 512,
};

beforeAll(async () => {
  for (const name of models) {
    const theirs = new TheirTokenizer(tokenizerJson(name), config);
    const own = await BertTokenizer.fromPretrained(directory + name, { specialTokens: "everywhere" });
    tokenizers.set(name, { theirs, ours: transformersTokenizer(own, { modelMaxLength: theirs.model_max_length }) });
  }
});

const read = (path: string) => JSON.parse(readFileSync(directory + path, "utf8"));

/** Returns the tokenizer.json of a model: the file of the English model, with the vocabulary of the model. */
function tokenizerJson(name: string) {
  const json = read("all-MiniLM-L6-v2/tokenizer.json");
  const tokens = readFileSync(`${directory}${name}/vocab.txt`, "utf8").trimEnd().split("\n");
  const vocab = Object.fromEntries(tokens.map((token, id) => [token.trim(), id]));
  const added = json.added_tokens.map((token: { content: string }) => ({ ...token, id: vocab[token.content] }));
  const specials = Object.fromEntries(["[CLS]", "[SEP]"].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }]));
  const postProcessor = { ...json.post_processor, special_tokens: specials };
  const model = { ...json.model, vocab };
  return { ...json, truncation: null, padding: null, added_tokens: added, post_processor: postProcessor, model };
}

/** Returns the fields of a result as lists. */
const lists = (result: object) =>
  Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      value instanceof Tensor ? { type: value.type, dims: value.dims, values: value.tolist() } : value,
    ]),
  );

describe.each(models)("transformersTokenizer() with %s", (name) => {
  it.each([
    ["one text", texts[0]!, {}],
    ["a batch", texts, { padding: true }],
    ["a batch of pairs", texts, { padding: true, text_pair: pairs }],
    ["a pair", texts[1]!, { text_pair: pairs[1]! }],
    ["a maximum length", texts, { padding: true, truncation: true, max_length: 64 }],
    ["padding to the maximum length", texts, { padding: "max_length", max_length: 24 }],
    ["padding to the maximum length of the model", texts[0]!, { padding: "max_length", truncation: true }],
    ["a maximum length that is ignored", texts, { padding: true, max_length: 3 }],
    ["no special tokens", texts, { padding: true, add_special_tokens: false }],
    ["no token type ids", texts, { padding: true, return_token_type_ids: false }],
    ["arrays", texts, { return_tensor: false }],
    ["padded arrays", texts, { return_tensor: false, padding: true }],
    ["an array", texts[1]!, { return_tensor: false }],
  ] as const)("returns the result of transformers.js for %s", (_, text, options) => {
    const { ours, theirs } = tokenizers.get(name)!;
    const call = (tokenizer: PreTrainedTokenizer) =>
      lists(tokenizer(text as string[], options as { padding: boolean }));
    expect(call(ours)).toEqual(call(theirs));
  });

  it("has the properties of transformers.js", () => {
    const { ours, theirs } = tokenizers.get(name)!;
    expect(ours).toBeInstanceOf(PreTrainedTokenizer);
    const properties = (tokenizer: PreTrainedTokenizer) => ({
      length: tokenizer.model_max_length,
      ids: [tokenizer.pad_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id, tokenizer.mask_token_id],
      tokens: [tokenizer.pad_token, tokenizer.sep_token, tokenizer.unk_token, tokenizer.mask_token],
      special: tokenizer.all_special_ids.toSorted((a, b) => a - b),
      side: tokenizer.padding_side,
      types: tokenizer.return_token_type_ids,
    });
    expect(properties(ours)).toEqual(properties(theirs));
    expect(ours.get_vocab()).toEqual(theirs.get_vocab());
    const tokens = ["[CLS]", "##s", "the", "房"];
    expect(ours.convert_tokens_to_ids(tokens)).toEqual(theirs.convert_tokens_to_ids(tokens));
    expect(ours.convert_tokens_to_ids("[SEP]")).toBe(theirs.convert_tokens_to_ids("[SEP]"));
  });

  it("encodes, tokenizes and decodes as transformers.js does", () => {
    const { ours, theirs } = tokenizers.get(name)!;
    for (const [i, text] of texts.entries()) {
      const pair = pairs[i]!;
      const ids = theirs.encode(text, { text_pair: pair });
      expect(ours.encode(text, { text_pair: pair })).toEqual(ids);
      expect(ours.encode(text, { add_special_tokens: false })).toEqual(
        theirs.encode(text, { add_special_tokens: false }),
      );
      expect(ours.tokenize(text)).toEqual(theirs.tokenize(text));
      expect(ours.tokenize(text, { pair, add_special_tokens: true })).toEqual(
        theirs.tokenize(text, { pair, add_special_tokens: true }),
      );
      for (const options of [{}, { skip_special_tokens: true }]) {
        expect(ours.decode(ids, options)).toBe(theirs.decode(ids, options));
      }
      expect(ours.decode(ids.map(BigInt))).toBe(theirs.decode(ids));
    }
    const ids = ours.encode("don't", { add_special_tokens: false });
    expect(ours.decode(ids, { clean_up_tokenization_spaces: false })).toBe("don ' t");
    const { input_ids } = theirs(texts, { padding: true });
    expect(ours.batch_decode(input_ids, { skip_special_tokens: true })).toEqual(
      theirs.batch_decode(input_ids, { skip_special_tokens: true }),
    );
  });

  it("keeps [SEP] at the end of a truncated text, unlike transformers.js", () => {
    const { ours, theirs } = tokenizers.get(name)!;
    const call = (tokenizer: PreTrainedTokenizer) =>
      tokenizer(texts[0]!, { truncation: true, max_length: 5, return_tensor: false }).input_ids;
    expect(call(ours)).toEqual([...call(theirs).slice(0, 4), ours.sep_token_id]);
    expect(call(theirs).at(-1)).not.toBe(ours.sep_token_id);
  });
});

it("rejects rows of different lengths for a tensor, unequal pairs and invalid limits", async () => {
  const { ours } = tokenizers.get(models[1])!;
  expect(() => ours(["a", "a b"])).toThrow(expect.objectContaining({ code: "options/padding" }));
  expect(() => ours(["a", "b"], { text_pair: ["c"], padding: true })).toThrow(
    expect.objectContaining({ code: "input/not-text" }),
  );
  expect(() => ours("a", { text_pair: ["c"] as unknown as string })).toThrow(
    expect.objectContaining({ code: "input/not-text" }),
  );
  const own = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na");
  expect(() => transformersTokenizer(own, { modelMaxLength: Number.POSITIVE_INFINITY })).toThrow(
    expect.objectContaining({ code: "options/value" }),
  );
  const tiny = transformersTokenizer(own, { modelMaxLength: 8, returnTokenTypeIds: false });
  expect(Object.keys(tiny("a"))).toEqual(["input_ids", "attention_mask"]);
  expect(tiny.mask_token_id).toBeUndefined();
});
