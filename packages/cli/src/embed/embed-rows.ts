import process from "node:process";
import { identityOf, type PoolingMode, SentenceEncoder } from "@bertie/classifier";
import { createInputReader } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { InputExample } from "@bertie/data";
import { chooseInferencePrecision, createExecutor, inferenceWith } from "@bertie/engine";
import { endIfStuck, type Interruption } from "../interrupt.ts";
import { openModel } from "../model-source.ts";
import type { Resolved } from "../options/command-line.ts";
import { engineRequest } from "../options/engine-request.ts";
import type { RowSource } from "../predict/row-source.ts";
import { areTables, tableRows } from "../predict/table-rows.ts";
import { textRows } from "../predict/text-rows.ts";
import type { TableSettings } from "../tables/table-request.ts";
import { createFileHashes } from "../tokenize/file-hashes.ts";
import { stageOutputs } from "../tokenize/stage-outputs.ts";
import type { StagedFiles } from "../tokenize/staged-files.ts";
import type { EmbedSettings, embedOptions } from "./options.ts";
import { createCounter } from "./progress.ts";
import { type EmbeddingFormat, type EmbeddingWriter, fileEmbeddings, stdoutEmbeddings } from "./writers.ts";

/** Number of embeddings between checks for signals, which are not handled while a synchronous engine runs. */
const ROWS_PER_CHECK = 32;

/**
 * Runs `bertie embed [FILE…]`: writes the embeddings of the rows of tables, or of the lines of files or of stdin, in order.
 *
 * @param files paths of files, or `-` for stdin
 * @throws BertieError "input/…", "output/…" or "options/…", after removing all partial output
 */
export async function embedRows(
  files: readonly string[],
  { options, given, onCommandLine }: Resolved<typeof embedOptions>,
  format: EmbeddingFormat,
  { check, signal }: Interruption,
): Promise<void> {
  const { model } = options;
  if (model === undefined) throw new BertieError("input/missing-file", "no model: add --model DIR.");
  const inputs = createInputReader();
  const source = await endIfStuck(openModel(model, inputs), signal);
  await check();
  const table = tableSettings(options);
  const isSet = new Set([...onCommandLine].map((name) => (name === "inputFormat" ? "format" : name)));
  const { output } = options;
  const executor = await createExecutor({ ...engineRequest(options), inference: inferenceWith(options), log: note });
  const hashes = createFileHashes();
  let staged: StagedFiles | undefined;
  try {
    if (output !== undefined) staged = await stageOutputs([output], hashes, signal);
    const precision = chooseInferencePrecision(options, executor);
    if (precision.note) warn(precision.note);
    const { maxSeqLength, batchSize, pooling } = options;
    const loading = SentenceEncoder.load(source, {
      executor,
      precision: precision.name,
      ...{ maxLength: maxSeqLength, batchSize },
      pooling: pooling as readonly PoolingMode[] | undefined,
      ...(given.has("doLowerCase") && { lowercase: options.doLowerCase }),
    });
    await using encoder = await endIfStuck(loading, signal);
    for (const text of [...source.warnings, ...encoder.warnings]) warn(text);
    for (const text of encoder.notes) note(text);
    const { dimension, normalizes } = describe(encoder, options);
    const rows = areTables(files, table, isSet)
      ? await endIfStuck(
          tableRows(files, table, { layout: undefined, pairs: false, problemType: undefined }, inputs),
          signal,
        )
      : textRows(files, { pairs: false, encoding: options.encoding }, inputs);
    for (const text of rows.notes) note(text);
    const file = output === undefined ? undefined : staged!.create(output, { rewritable: format === "npy" });
    const writer = file === undefined ? stdoutEmbeddings() : fileEmbeddings(format, file, dimension);
    await check();
    const drained = async () => staged?.drained();
    const count = await writeRows(encoder, rows, options, { writer, drained, check, signal });
    if (count === 0) throw noRows(rows);
    await staged?.complete();
    await check();
    await staged?.publish();
    const { notes, warnings } = rows.readNotes();
    for (const text of notes) note(text);
    for (const text of warnings) warn(text);
    const kind = `${normalizes ? "normalized embedding" : "embedding"}${count === 1 ? "" : "s"}`;
    note(`${count} ${kind} of ${dimension} dimensions${output === undefined ? "" : ` in ${output}`}`);
  } finally {
    // A pending read of a stream that stays open would keep the process alive after an error or a signal.
    if (files.includes("-")) process.stdin.destroy();
    hashes.close();
    await staged?.discard();
    await executor.dispose();
  }
}

interface Destination extends Interruption {
  readonly writer: EmbeddingWriter;
  /** Waits for a slow output. */
  readonly drained: () => Promise<void>;
}

/** Writes the embeddings of all rows, and returns their number. */
async function writeRows(
  encoder: SentenceEncoder,
  source: RowSource,
  { normalize: normalizes, truncateDim, prompt, promptName }: EmbedSettings,
  { writer, drained, check, signal }: Destination,
): Promise<number> {
  const counter = createCounter(process.stderr, process.env);
  const identify = identityOf(source.hasSeveralFiles);
  /** Rows that have been read, but not embedded. */
  const pending: InputExample[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const row of source.rows()) {
      pending.push(row);
      yield row.textA;
    }
  }
  let count = 0;
  for await (const embedding of encoder.embedStream(texts(), {
    ...{ normalize: normalizes, truncateDim, prompt, promptName, signal },
  })) {
    const row = pending.shift()!;
    const { id, file } = identify(row);
    // Ids of several files may be equal.
    await writer.write({ id: file === undefined ? id : `${file}:${id}`, text: row.textA, embedding });
    await drained();
    counter.show(++count);
    if (count % ROWS_PER_CHECK === 0) await check();
  }
  writer.finish();
  counter.finish();
  return count;
}

/** Returns the dimension of the embeddings that are written, and whether they have length 1. */
function describe(encoder: SentenceEncoder, { truncateDim, normalize: given }: EmbedSettings) {
  const dimension = truncateDim ?? encoder.dimension;
  const isWhole = dimension === encoder.fullDimension;
  return { dimension, normalizes: given ?? (encoder.normalizes && isWhole) };
}

function tableSettings(options: EmbedSettings): TableSettings {
  const { textColumn, idColumn, header, delimiter, encoding, inputFormat, onBadRow } = options;
  return {
    ...{ textColumn, idColumn, header, delimiter, encoding, onBadRow, format: inputFormat },
    ...{ pairColumn: undefined, labelColumn: undefined, groupColumn: undefined },
    ...{ problemType: undefined, labelSeparator: undefined },
  };
}

function noRows({ name }: RowSource): BertieError {
  return new BertieError("input/no-rows", `${name}: no texts to embed. Check that it is the right file.`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}
