import { type BertConfig, bertConfigToJson } from "../config.ts";
import type { TokenizerSettings } from "./read-directory.ts";

/** A classifier without its weights. */
export interface ModelDescription {
  readonly config: BertConfig;
  /** Labels in the order of their ids. */
  readonly labels: readonly string[];
  /** Contents of vocab.txt; undefined if the model was trained without a vocabulary. */
  readonly vocab: Uint8Array | undefined;
  /** Whether the tokenizer lower-cases text. */
  readonly lowerCase: boolean;
  /** Further settings of the tokenizer. @default as in BERT */
  readonly tokenizer?: TokenizerSettings | undefined;
  /** Maximum number of tokens per text; longer texts are truncated. */
  readonly maxLength: number;
}

/**
 * Returns the files of a model directory except the weights: config.json and, if the model has a vocabulary, vocab.txt
 * and tokenizer_config.json. Bertie and Hugging Face's transformers can read them.
 *
 * @returns contents of each file by name
 *
 * @example
 * ```ts
 * import { bertConfigFromJson, modelFiles } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
 * const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
 * const files = modelFiles({ config, labels: ["negative", "positive"], vocab, lowerCase: true, maxLength: 128 });
 * console.log([...files.keys()]); // ["config.json", "vocab.txt", "tokenizer_config.json"]
 * ```
 */
export function modelFiles(model: ModelDescription): Map<string, string | Uint8Array> {
  const { config, labels, vocab, lowerCase, maxLength, tokenizer: settings = {} } = model;
  const { stripAccents, handleChineseChars } = settings;
  const files = new Map<string, string | Uint8Array>([["config.json", bertConfigToJson(config, labels)]]);
  if (vocab === undefined) return files;
  const tokenizer = {
    do_lower_case: lowerCase,
    model_max_length: maxLength,
    ...(stripAccents !== undefined && { strip_accents: stripAccents }),
    ...(handleChineseChars !== undefined && { tokenize_chinese_chars: handleChineseChars }),
    tokenizer_class: "BertTokenizer",
  };
  return files.set("vocab.txt", vocab).set("tokenizer_config.json", `${JSON.stringify(tokenizer, null, 2)}\n`);
}
