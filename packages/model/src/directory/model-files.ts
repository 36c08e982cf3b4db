import type { TokenizerSettings } from "@bertie/common";
import { type BertConfig, bertConfigToJson } from "../config.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";

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
 * Returns the files of a model directory except the weights: config.json and, if the model has a vocabulary, vocab.txt,
 * tokenizer.json, tokenizer_config.json and special_tokens_map.json. Bertie and Hugging Face's tokenizers, transformers
 * and transformers.js can read them.
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
 * console.log([...files.keys()]);
 * // ["config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
 * ```
 */
export function modelFiles(model: ModelDescription): Map<string, string | Uint8Array> {
  const { config, labels, vocab, lowerCase, maxLength, tokenizer: settings = {} } = model;
  const files = new Map<string, string | Uint8Array>([["config.json", bertConfigToJson(config, labels)]]);
  if (vocab === undefined) return files;
  files.set("vocab.txt", vocab);
  for (const [name, contents] of tokenizerFiles({ vocab, lowerCase, settings, maxLength })) files.set(name, contents);
  return files;
}
