import { extname, sep } from "node:path";
import process from "node:process";
import { isDirectory, tokenizerWarnings } from "@bertie/classifier/node";
import { BertieError, isRemote } from "@bertie/common";
import type { OnInvalidUtf8 } from "@bertie/data/records";
import type { Command } from "commander";
import { interruptible } from "../interrupt.ts";
import { addOptions, type Resolved, resolveOptions } from "../options/command-line.ts";
import { jobShard } from "../shards/job-shard.ts";
import { joinLocation } from "../shards/join-location.ts";
import { type Shard, shardSuffix, WHOLE } from "../shards/shard.ts";
import { countBlocks } from "./blocks.ts";
import type { Corpus } from "./corpus.ts";
import { startEncodePool } from "./encode-pool.ts";
import { idBytes } from "./formats/ids.ts";
import type { Format } from "./formats/writers.ts";
import { inspectInputs } from "./inputs.ts";
import { FORMATS, tokenizeOptions } from "./options.ts";
import { loadTokenizer } from "./vocabulary.ts";

/** Block size for all other formats, in bytes. */
const BLOCK_BYTES = 1 << 20;
/** Block size for Parquet, in bytes. Each block becomes a row group, and large row groups are read faster. */
const PARQUET_BLOCK_BYTES = 1 << 22;

const EXAMPLES = `
Examples:
  # One text per line, to JSON lines on stdout
  bertie tokenize corpus.txt --model runs/mine

  # A column of CSV files, to Parquet, on four threads
  bertie tokenize *.csv --input-format csv --field title \\
    --vocab-file vocab.txt --output corpus.parquet --threads 4

  # Objects of an S3-compatible store
  bertie tokenize 's3://corpora/*.txt.gz' --model runs/mine --output s3://ids/all.bin`;

/** Adds `bertie tokenize [FILE…]`, which converts the records of corpora of any size to token ids, in order. */
export function addTokenizeCommand(program: Command): void {
  addOptions(program.command("tokenize"), tokenizeOptions)
    .description("Tokenize the records of files or of stdin to JSON lines, Parquet, NumPy or flat binary files")
    .addHelpText("after", EXAMPLES)
    .argument("[files...]", "Text files, s3://… or https://…, which can be compressed as .gz or .zst (default: stdin)")
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
  const { shard, note } = options.shard === undefined ? { shard: WHOLE } : jobShard(options.shard, process.env);
  if (note !== undefined) process.stderr.write(`${note}\n`);
  const text = { encoding: options.encoding, acceptsInvalid: resolved.given.has("onInvalidUtf8") };
  const inputs = await inspectInputs(files.length > 0 ? files : ["-"], text);
  const blockBytes = format === "parquet" ? PARQUET_BLOCK_BYTES : BLOCK_BYTES;
  // The row groups of Parquet files are blocks, and must be the same with and without shards.
  const unit = format === "parquet" ? blockBytes : 1;
  const blocks = countBlocks(inputs, { format: options.inputFormat, shard, unit, blockBytes });
  const threads = Math.min(options.threads, blocks);
  // The worker threads start while this thread loads the tokenizer.
  // With a remote file, a thread encodes while this thread receives or sends.
  const isOverlapped = blocks > 1 && (inputs.some(({ remote }) => remote) || isRemote(options.output ?? ""));
  const workerPool = threads > 1 || isOverlapped ? await startEncodePool(threads) : undefined;
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
        keyFields: options.keyFields,
      },
      tokenizer,
      vocab,
      threads: options.threads,
      ...{ blockBytes, unit },
      isPrompt: options.output === undefined,
    };
    const output = options.output === undefined ? undefined : await outputFile(options.output, format, shard);
    const onStart = () => {
      for (const warning of tokenizerWarnings(tokenizer)) process.stderr.write(`warning: ${warning}\n`);
    };
    const { runCorpus } = await import("./run.ts");
    const { hashInputs } = options;
    const { invalid } = await runCorpus(corpus, { workerPool, output, vocabFile, hashInputs, onStart, check, signal });
    warnOfInvalid(invalid, options.onInvalidUtf8, options.encoding ?? "UTF-8");
  } finally {
    await workerPool?.end();
  }
}

function warnOfInvalid(records: number, onInvalidUtf8: OnInvalidUtf8, encoding: string): void {
  if (records === 0) return;
  const count = `${records} record${records === 1 ? "" : "s"} with invalid ${encoding}`;
  const done = onInvalidUtf8 === "skip" ? `skipped ${count}` : `replaced invalid bytes with U+FFFD in ${count}`;
  process.stderr.write(`warning: ${done}\n`);
}

/** Returns the format in `--format`, or the format that matches the extension of `--output`, or "jsonl". */
function formatOf({ options, given }: Resolved<typeof tokenizeOptions>): Format {
  const extension = extname(options.output ?? "").slice(1);
  return given.has("format") ? options.format : (FORMATS.find((format) => format === extension) ?? options.format);
}

/** Checks that the options are compatible with each other. */
function checkOptions({ options, given }: Resolved<typeof tokenizeOptions>, format: Format): void {
  const { output, tokens, offsets, keyFields, inputFormat, maxSeqLength, noSpecialTokens, pairField } = options;
  if (format !== "jsonl" && output === undefined)
    throw new BertieError("options/output", `--format ${format} cannot be written to stdout. Add --output FILE.`);
  if (format !== "jsonl" && (tokens || offsets))
    throw new BertieError(
      "options/format",
      `--tokens and --offsets are not supported with --format ${format}. Omit them, or use --format jsonl.`,
    );
  if (keyFields > 0 && (format !== "jsonl" || inputFormat !== "lines"))
    throw new BertieError(
      "options/format",
      "--key-fields requires --input-format lines and --format jsonl. Remove --key-fields, or the other formats.",
    );
  if (inputFormat === "lines" && (given.has("field") || given.has("pairField")))
    throw new BertieError(
      "options/field",
      "--field and --pair-field require an input format with fields. Add --input-format tsv, csv or jsonl.",
    );
  const specialTokens = noSpecialTokens ? 0 : pairField === undefined ? 2 : 3;
  if (maxSeqLength !== undefined && maxSeqLength < specialTokens) {
    const text = `--max-seq-length is ${maxSeqLength}, but must be ${specialTokens} or more to fit the special tokens`;
    throw new BertieError("options/range", text);
  }
}

/** Returns the path of the file to create. In a directory, its name contains the shard. */
async function outputFile(output: string, format: Format, shard: Shard): Promise<string> {
  const isToBeDirectory = output.endsWith("/") || output.endsWith(sep) || (await isDirectory(output));
  if (!isToBeDirectory) return output;
  const name = `tokens${shardSuffix(shard)}.${format}`;
  return joinLocation(output, name);
}
