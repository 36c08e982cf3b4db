import { expect, it } from "vitest";
import { bertConfigFromJson, bertConfigToJson } from "../config.ts";
import { modelFiles } from "./model-files.ts";

const sizes = { vocab_size: 8, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16 };
const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
const vocab = new TextEncoder().encode("[PAD]\n");
const model = { config, labels: ["no", "yes"], vocab, lowerCase: true, maxLength: 16 };

it("modelFiles() returns the files that transformers reads", () => {
  expect([...modelFiles(model)]).toEqual([
    ["config.json", bertConfigToJson(config, ["no", "yes"])],
    ["vocab.txt", vocab],
    [
      "tokenizer_config.json",
      '{\n  "do_lower_case": true,\n  "model_max_length": 16,\n  "tokenizer_class": "BertTokenizer"\n}\n',
    ],
  ]);
});

it("modelFiles() returns no tokenizer files for a model without a vocabulary", () => {
  expect([...modelFiles({ ...model, vocab: undefined }).keys()]).toEqual(["config.json"]);
});
