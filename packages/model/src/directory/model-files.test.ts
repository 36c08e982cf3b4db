import { expect, it } from "vitest";
import { bertConfigFromJson, bertConfigToJson } from "../config.ts";
import { modelFiles } from "./model-files.ts";

const sizes = { vocab_size: 8, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16 };
const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\ntwice\n\u2028\ntwice\nlast\r\n");
const model = { config, labels: ["no", "yes"], vocab, lowerCase: true, maxLength: 16 };

it("modelFiles() returns the files that transformers reads", () => {
  const files = modelFiles(model);
  expect([...files.keys()]).toEqual([
    "config.json",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
  ]);
  expect(files.get("config.json")).toBe(bertConfigToJson(config, ["no", "yes"]));
  expect(files.get("vocab.txt")).toBe(vocab);
  const flags = { lstrip: false, normalized: false, rstrip: false, single_word: false, special: true };
  const tokens = { cls_token: "[CLS]", pad_token: "[PAD]", sep_token: "[SEP]", unk_token: "[UNK]" };
  expect(JSON.parse(String(files.get("special_tokens_map.json")))).toEqual(tokens);
  expect(JSON.parse(String(files.get("tokenizer_config.json")))).toEqual({
    ...tokens,
    added_tokens_decoder: {
      0: { content: "[PAD]", ...flags },
      1: { content: "[UNK]", ...flags },
      2: { content: "[CLS]", ...flags },
      3: { content: "[SEP]", ...flags },
    },
    clean_up_tokenization_spaces: true,
    do_lower_case: true,
    model_max_length: 16,
    strip_accents: null,
    tokenize_chinese_chars: true,
    tokenizer_class: "BertTokenizer",
  });
  const json = JSON.parse(String(files.get("tokenizer.json")));
  expect(json.added_tokens).toHaveLength(4);
  expect(json.normalizer).toMatchObject({ lowercase: true, strip_accents: null, handle_chinese_chars: true });
  expect(json.post_processor.special_tokens["[SEP]"].ids).toEqual([3]);
  expect(json.model.vocab).toEqual({ "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, twice: 6, "\u2028": 5, last: 7 });
});

it("modelFiles() returns no tokenizer files for a model without a vocabulary", () => {
  expect([...modelFiles({ ...model, vocab: undefined }).keys()]).toEqual(["config.json"]);
});
