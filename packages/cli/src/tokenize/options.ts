import type { OptionTable } from "../options/table.ts";
import type { Format } from "./formats/writers.ts";
import { vocabularyOptions } from "./vocabulary.ts";

export const FORMATS = ["jsonl", "parquet", "npy", "bin"] as const satisfies Format[];

/** Options of `bertie tokenize`. */
export const tokenizeOptions = {
  ...vocabularyOptions,
  maxSeqLength: {
    group: "Data",
    kind: "integer",
    min: 1,
    help: "Truncate records to this number of tokens, including special tokens",
    defaultText: "no truncation",
  },
  inputFormat: {
    group: "Data",
    kind: "choice",
    choices: ["lines", "tsv", "csv", "jsonl"],
    default: "lines",
    help: "Input format; tsv and csv have column names in the first line, jsonl has one JSON object per line",
  },
  encoding: {
    group: "Data",
    kind: "text",
    argument: "name",
    help: "Encoding of the inputs, such as gb18030, big5, shift_jis or windows-1252",
    defaultText: "utf-8, or utf-16 if an input is UTF-16",
  },
  field: {
    group: "Data",
    kind: "text",
    default: "text",
    help: "Column (tsv, csv) or key (jsonl) that contains the text",
  },
  pairField: {
    group: "Data",
    kind: "text",
    help: "Column or key that contains the second text of a pair",
    defaultText: "no second text",
  },
  keyFields: {
    group: "Data",
    kind: "integer",
    default: 0,
    min: 0,
    max: 1000,
    help: "Number of tab-separated fields before the text of each line, which are copied before the result (lines and jsonl only)",
  },
  noSpecialTokens: { group: "Data", kind: "flag", help: "Do not add [CLS] and [SEP]" },
  format: {
    group: "Output",
    kind: "choice",
    choices: FORMATS,
    default: "jsonl",
    help: "Output format; if omitted, determined by the extension of --output",
  },
  output: {
    group: "Output",
    kind: "path",
    help: "File or s3://… to create, or a directory in which to create it",
    defaultText: "stdout",
  },
  tokens: { group: "Output", kind: "flag", help: "Also write the tokens as text (jsonl only)" },
  offsets: {
    group: "Output",
    kind: "flag",
    help: "Also write the start and end of each token in its text, in UTF-16 code units (jsonl only)",
  },
  threads: {
    group: "Hardware",
    kind: "integer",
    default: 1,
    min: 1,
    max: 256,
    help: "Number of tokenizer threads",
  },
  hashInputs: { group: "Output", kind: "flag", help: "Also write the SHA-256 of each input to the manifest" },
  shard: {
    group: "Data",
    kind: "text",
    argument: "i/n",
    help: "Tokenize only part I of N equal parts, counted from 1, such as 2/8. slurm/N, k8s/N and auto/N read I from the environment of a Slurm array or a Kubernetes Indexed Job",
    defaultText: "the whole input",
  },
  onInvalidUtf8: {
    group: "Data",
    kind: "choice",
    choices: ["replace", "skip", "fail"],
    default: "replace",
    help: "How to handle a record that is not valid UTF-8: replace the invalid bytes with U+FFFD, skip the record, or fail",
  },
} as const satisfies OptionTable;
