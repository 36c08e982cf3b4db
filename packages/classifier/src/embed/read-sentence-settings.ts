import { type FileSource, filePath } from "@bertie/model";
import { invalid, readSettings, unsupported } from "./module-files.ts";
import { type SimilarityName, similarityNames } from "./similarity.ts";

/** Settings of a directory for its embeddings. */
export interface SentenceSettings {
  /** Prompts that are prepended to texts, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that is used by default. */
  readonly defaultPromptName: string | undefined;
  readonly similarityName: SimilarityName;
  /** Number of leading dimensions that embeddings are truncated to. */
  readonly truncateDim: number | undefined;
  /** Maximum number of tokens per text; undefined if no file specifies it. */
  readonly maxLength: number | undefined;
  /** Whether texts are lowercased in addition to the settings of the tokenizer. */
  readonly lowercase: boolean;
}

/**
 * Reads config_sentence_transformers.json, sentence_bert_config.json and the maximum length in tokenizer_config.json.
 *
 * @param source files of the directory
 * @param encoder files of the encoder's folder
 * @throws BertieError "input/invalid-json" if a file or a setting is malformed, "embed/unsupported-module" if the similarity
 *   is not supported
 */
export async function readSentenceSettings(source: FileSource, encoder: FileSource): Promise<SentenceSettings> {
  const file = "config_sentence_transformers.json";
  const name = filePath(source, file);
  const model = (await readSettings(source, file, ["prompts"])) ?? {};
  const { prompts = {}, default_prompt_name: defaultPrompt, similarity_fn_name: similarity, truncate_dim: dim } = model;
  const named = Object.entries(prompts ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const defaultPromptName = typeof defaultPrompt === "string" ? defaultPrompt : undefined;
  if (defaultPromptName !== undefined && !named.some(([key]) => key === defaultPromptName))
    throw invalid(name, `the default prompt ${JSON.stringify(defaultPromptName)} among the prompts`);
  const similarityName = similarityNames.find((known) => known === (similarity ?? "cosine"));
  if (similarityName === undefined) throw unsupported(name, `the similarity ${JSON.stringify(similarity)}`);
  if (dim !== undefined && dim !== null && !isCount(dim)) throw invalid(name, 'a positive integer as "truncate_dim"');
  const transformer = await readTransformerSettings(encoder);
  return {
    prompts: Object.fromEntries(named),
    defaultPromptName,
    similarityName,
    truncateDim: isCount(dim) ? dim : undefined,
    ...transformer,
  };
}

async function readTransformerSettings(encoder: FileSource) {
  const file = "sentence_bert_config.json";
  const { max_seq_length: limit, do_lower_case: lowercase } = (await readSettings(encoder, file)) ?? {};
  if (limit !== undefined && limit !== null && !isCount(limit))
    throw invalid(filePath(encoder, file), 'a positive integer as "max_seq_length"');
  const { model_max_length: tokenizerLimit } = (await readSettings(encoder, "tokenizer_config.json")) ?? {};
  // Transformers writes 1e30 for tokenizers without a limit.
  const maxLength = [limit, tokenizerLimit].find((value) => isCount(value) && value < 2 ** 31);
  return { maxLength: maxLength as number | undefined, lowercase: lowercase === true };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
