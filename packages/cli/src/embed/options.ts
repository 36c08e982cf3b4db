import { dataOptions } from "../options/data-options.ts";
import { engineOptions } from "../options/engine-options.ts";
import { modelOptions } from "../options/model-options.ts";
import { runOptions } from "../options/run-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";
import type { EmbeddingFormat } from "./writers.ts";

export const EMBEDDING_FORMATS = ["jsonl", "parquet", "npy"] as const satisfies EmbeddingFormat[];

/** Options of `bertie embed`. */
export const embedOptions = {
  model: modelOptions.model,
  doLowerCase: modelOptions.doLowerCase,
  pooling: {
    group: "Model",
    kind: "texts",
    argument: "mode",
    help: "How to pool the states of the tokens: cls, max, mean, mean_sqrt_len_tokens, weightedmean or lasttoken; repeat it to concatenate several",
    defaultText: "as in the sentence-transformers files of --model, otherwise mean",
  },
  normalize: {
    group: "Model",
    kind: "switch",
    help: "Whether embeddings have length 1",
    defaultText: "as in the sentence-transformers files of --model, otherwise off",
  },
  truncateDim: {
    group: "Model",
    kind: "integer",
    argument: "n",
    min: 1,
    help: "Write only the first N dimensions; --normalize applies after that",
    defaultText: "as in the sentence-transformers files of --model, otherwise all",
  },
  prompt: {
    group: "Model",
    kind: "text",
    help: "Text to prepend to each text",
    defaultText: "the default prompt of --model, if it has one",
  },
  promptName: {
    group: "Model",
    kind: "text",
    argument: "name",
    help: "Name of a prompt in config_sentence_transformers.json of --model, such as query, to prepend to each text",
  },
  maxSeqLength: {
    group: "Data",
    kind: "integer",
    min: 3,
    help: "Truncate texts to this number of tokens, including [CLS], [SEP] and the prompt",
    defaultText: "as in sentence_bert_config.json or tokenizer_config.json, at most the positions of --model",
  },
  textColumn: dataOptions.textColumn,
  idColumn: dataOptions.idColumn,
  header: dataOptions.header,
  delimiter: dataOptions.delimiter,
  encoding: dataOptions.encoding,
  inputFormat: { ...dataOptions.format, help: "Format of the inputs" },
  onBadRow: {
    ...dataOptions.onBadRow,
    help: "How to handle a row with a missing column or invalid UTF-8: fail, or skip it and report the number of skipped rows",
  },
  format: {
    group: "Output",
    kind: "choice",
    choices: EMBEDDING_FORMATS,
    default: "jsonl",
    help: "Output format; if omitted, determined by the extension of --output",
  },
  output: { group: "Output", kind: "path", help: "File or s3://… to create", defaultText: "stdout, as JSON lines" },
  batchSize: {
    group: "Hardware",
    kind: "integer",
    min: 1,
    help: "Number of texts per batch; affects only the speed",
    defaultText: "as many as fit into 1,024 tokens, at most 64",
  },
  ...engineOptions,
  threads: runOptions.threads,
} as const satisfies OptionTable;

/** Values of the options of `bertie embed`. */
export type EmbedSettings = OptionValues<typeof embedOptions>;
