import { extname, join, sep } from "node:path";
import process from "node:process";
import { isDirectory, tokenizerWarnings } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { OnInvalidUtf8 } from "@bertie/data/records";
import type { Command } from "commander";
import { interruptible } from "../interrupt.ts";
import { addOptions, type Resolved, resolveOptions } from "../options/command-line.ts";
import type { OptionTable } from "../options/table.ts";
import { countBlocks } from "./blocks.ts";
import type { Corpus } from "./corpus.ts";
import { idBytes } from "./formats/ids.ts";
import type { Format } from "./formats/writers.ts";
import { lookAtInputs } from "./inputs.ts";
import { parseShard, type Shard } from "./shard.ts";
import { loadTokenizer, vocabularyOptions } from "./vocabulary.ts";
import { startWorkerPool } from "./worker-pool.ts";

const FORMATS = ["jsonl", "parquet", "npy", "bin"] as const satisfies Format[];

const tokenizeOptions = {
  ...vocabularyOptions,
  maxSeqLength: {
    from: "script",
    kind: "integer",
    min: 1,
    help: "cut records to so many tokens; default: as they are",
  },
  inputFormat: {
    from: "bertie",
    kind: "choice",
    choices: ["lines", "tsv", "csv", "jsonl"],
    default: "lines",
    help: "a text a line; columns, named by the first line; or a JSON object a line",
  },
  field: { from: "bertie", kind: "text", default: "text", help: "the column, or key, of the text" },
  pairField: { from: "bertie", kind: "text", help: "that of a second text" },
  noSpecialTokens: { from: "bertie", kind: "flag", help: "leave [CLS] and [SEP] away" },
  format: {
    from: "bertie",
    kind: "choice",
    choices: FORMATS,
    default: "jsonl",
    help: "of the output; or as the name of --output ends",
  },
  output: { from: "bertie", kind: "path", help: "file to make, or a directory for it; default stdout" },
  tokens: { from: "bertie", kind: "flag", help: "write the tokens, too (jsonl)" },
  offsets: { from: "bertie", kind: "flag", help: "write where each token stands in its text, in UTF-16 units (jsonl)" },
  threads: { from: "bertie", kind: "integer", default: 1, min: 1, max: 256, help: "that tokenize" },
  hashInputs: { from: "bertie", kind: "flag", help: "put SHA-256 of the inputs, too, into the manifest" },
  shard: { from: "bertie", kind: "text", help: "I/N: tokenize part I of N only" },
  onInvalidUtf8: {
    from: "bertie",
    kind: "choice",
    choices: ["replace", "skip", "fail"],
    default: "replace",
    help: "records that are not UTF-8: put U+FFFD in place, leave the record out, or stop",
  },
} as const satisfies OptionTable;

const WHOLE: Shard = { index: 1, count: 1 };
const BLOCK_BYTES = 1 << 20;
/** Blocks are row groups there, and those are better large. */
const PARQUET_BLOCK_BYTES = 1 << 22;

/** `bertie tokenize [FILE…]`: the records of corpora of any size as ids, in order. */
export function addTokenizeCommand(program: Command): void {
  addOptions(program.command("tokenize"), tokenizeOptions)
    .description("tokenize the records of files, or of stdin, to JSON lines, Parquet, NumPy or flat binary files")
    .argument("[files...]", "UTF-8, also compressed as .gz or .zst")
    .action(async (files: string[], _, command: Command) => {
      const resolved = await resolveOptions(command, tokenizeOptions);
      await interruptible((check, signal) => tokenize(files, resolved, check, signal));
    });
}

async function tokenize(
  files: readonly string[],
  resolved: Resolved<typeof tokenizeOptions>,
  check: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { options } = resolved;
  const format = formatOf(resolved);
  checkOptions(resolved, format);
  const shard = options.shard === undefined ? WHOLE : parseShard(options.shard);
  const inputs = await lookAtInputs(files.length > 0 ? files : ["-"]);
  const blockBytes = format === "parquet" ? PARQUET_BLOCK_BYTES : BLOCK_BYTES;
  const blocks = countBlocks(inputs, { format: options.inputFormat, shard, blockBytes });
  const threads = Math.min(options.threads, blocks);
  // The threads start up while the tokenizer is loaded here.
  const workerPool = threads > 1 ? startWorkerPool(threads) : undefined;
  try {
    const { tokenizer, vocab, vocabFile } = await loadTokenizer(resolved.options, resolved.given);
    const corpus: Corpus = {
      inputs,
      fields: { text: options.field, pair: options.pairField },
      shard,
      settings: {
        inputFormat: options.inputFormat,
        format,
        bytesPerId: idBytes(tokenizer.vocabSize),
        maxLength: options.maxSeqLength,
        addSpecialTokens: !options.noSpecialTokens,
        onInvalidUtf8: options.onInvalidUtf8,
        pairs: options.pairField !== undefined,
        tokens: options.tokens,
        offsets: options.offsets,
      },
      tokenizer,
      vocab,
      threads: options.threads,
      blockBytes,
      isPrompt: options.output === undefined,
    };
    const output = options.output === undefined ? undefined : await outputFile(options.output, format, shard);
    const onStart = () => {
      for (const warning of tokenizerWarnings(tokenizer)) process.stderr.write(`warning: ${warning}\n`);
    };
    const { runCorpus } = await import("./run.ts");
    const { hashInputs } = options;
    const { invalid } = await runCorpus(corpus, { workerPool, output, vocabFile, hashInputs, onStart, check, signal });
    warnOfInvalid(invalid, options.onInvalidUtf8);
  } finally {
    await workerPool?.end();
  }
}

function warnOfInvalid(records: number, onInvalidUtf8: OnInvalidUtf8): void {
  if (records === 0) return;
  const done = onInvalidUtf8 === "skip" ? "left out" : "mended with U+FFFD";
  process.stderr.write(`warning: ${records} record${records === 1 ? " is" : "s are"} not valid UTF-8, and ${done}\n`);
}

/** The format that is asked for, or that the output's name tells: nobody wants JSON in a file named `.bin`. */
function formatOf({ options, given }: Resolved<typeof tokenizeOptions>): Format {
  const extension = extname(options.output ?? "").slice(1);
  return given.has("format") ? options.format : (FORMATS.find((format) => format === extension) ?? options.format);
}

/** That the options go together. */
function checkOptions({ options, given }: Resolved<typeof tokenizeOptions>, format: Format): void {
  const { output, tokens, offsets, inputFormat, maxSeqLength, noSpecialTokens, pairField } = options;
  if (format !== "jsonl" && output === undefined)
    throw new BertieError("options/output", `--format ${format} makes files: say with --output which`);
  if (format !== "jsonl" && (tokens || offsets))
    throw new BertieError("options/format", `--tokens and --offsets are for --format jsonl, not ${format}`);
  if (inputFormat === "lines" && (given.has("field") || given.has("pairField")))
    throw new BertieError(
      "options/field",
      "lines have no fields: --field and --pair-field need another --input-format",
    );
  const specialTokens = noSpecialTokens ? 0 : pairField === undefined ? 2 : 3;
  if (maxSeqLength !== undefined && maxSeqLength < specialTokens) {
    const text = `--max-seq-length is ${maxSeqLength}, but must be ${specialTokens} or more: so many are special tokens`;
    throw new BertieError("options/range", text);
  }
}

/** The file to make: in a directory a name that says which shard it is. */
async function outputFile(output: string, format: Format, { index, count }: Shard): Promise<string> {
  const isToBeDirectory = output.endsWith("/") || output.endsWith(sep) || (await isDirectory(output));
  if (!isToBeDirectory) return output;
  const five = (number: number) => String(number).padStart(5, "0");
  const part = count === 1 ? "" : `-${five(index)}-of-${five(count)}`;
  return join(output, `tokens${part}.${format}`);
}
