import { type BertConfig, bertConfigToJson } from "../config.ts";

/** A classifier without its weights. */
export interface ModelDescription {
  readonly config: BertConfig;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** The contents of vocab.txt; undefined for a model that was trained without one. */
  readonly vocab: Uint8Array | undefined;
  /** Whether the tokenizer lower-cases text. */
  readonly lowerCase: boolean;
  /** Texts are truncated to this number of tokens. */
  readonly maxLength: number;
}

/**
 * Returns the files, besides the weights, of a model directory that `bertie` and Hugging Face's transformers read:
 * config.json and, for a model with a vocabulary, vocab.txt and tokenizer_config.json.
 *
 * @returns the contents of each file, by name
 *
 * @example
 * for (const [name, contents] of modelFiles({ config, labels, vocab, lowerCase: true, maxLength: 128 }))
 *   await writeFile(join("run", name), contents);
 */
export function modelFiles(model: ModelDescription): Map<string, string | Uint8Array> {
  const { config, labels, vocab, lowerCase, maxLength } = model;
  const files = new Map<string, string | Uint8Array>([["config.json", bertConfigToJson(config, labels)]]);
  if (vocab === undefined) return files;
  const tokenizer = { do_lower_case: lowerCase, model_max_length: maxLength, tokenizer_class: "BertTokenizer" };
  return files.set("vocab.txt", vocab).set("tokenizer_config.json", `${JSON.stringify(tokenizer, null, 2)}\n`);
}
