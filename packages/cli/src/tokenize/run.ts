import process from "node:process";
import { createPieces, type Pieces } from "../shards/pieces.ts";
import { sampleOf } from "../shards/sample-hash.ts";
import { partsOf } from "./blocks.ts";
import { type Corpus, tokenizeCorpus } from "./corpus.ts";
import type { EncodePool } from "./encode-pool.ts";
import { createFileHashes } from "./file-hashes.ts";
import type { BlockWriter } from "./formats/block-writer.ts";
import { fileWriter, outputPaths, stdoutWriter } from "./formats/writers.ts";
import { createInputHashes } from "./input-hashes.ts";
import { formatManifest, manifestPath } from "./manifest.ts";
import { type Counts, createProgress } from "./progress.ts";
import { stageOutputs } from "./stage-outputs.ts";
import type { StagedFiles } from "./staged-files.ts";

interface RunOptions {
  /** Pool of worker threads; undefined to encode in this thread. */
  readonly workerPool: EncodePool | undefined;
  /** Path of the output file; undefined for stdout. */
  readonly output: string | undefined;
  /** Path of the vocabulary, for the manifest. */
  readonly vocabFile: string;
  /** Whether the manifest includes hashes of the inputs. */
  readonly hashInputs: boolean;
  /** Called after the output path has been checked, before the first block. */
  readonly onStart: () => void;
  /** Throws if the run has been interrupted. */
  readonly check: () => Promise<void>;
  /** Signal that is aborted if the run is interrupted. */
  readonly signal: AbortSignal;
}

/**
 * Tokenizes a corpus to stdout or to files. The files appear together when all are complete, the manifest last.
 *
 * @throws BertieError "input/…" or "output/…", after removing all partial output
 */
export async function runCorpus(corpus: Corpus, options: RunOptions): Promise<Counts> {
  const { check, signal } = options;
  const progress = createProgress(process.stderr, totalSize(corpus), process.env);
  const onProgress = async (counts: Counts) => {
    progress.show(counts);
    await check();
  };
  const { workerPool, output, onStart } = options;
  if (output === undefined) onStart();
  const counts =
    output === undefined
      ? await tokenizeCorpus(corpus, stdoutWriter(), {
          ...{ workerPool, hashes: undefined, pieces: undefined, onProgress, signal },
        })
      : await writeFiles(corpus, { ...options, output, onProgress });
  progress.finish(counts);
  return counts;
}

async function writeFiles(
  corpus: Corpus,
  options: RunOptions & { readonly output: string; readonly onProgress: (counts: Counts) => Promise<void> },
): Promise<Counts> {
  const { workerPool, output, vocabFile, hashInputs, onStart, check, signal, onProgress } = options;
  const { settings } = corpus;
  const started = performance.now();
  const samples = corpus.inputs.map(sampleOf);
  const fileHashes = createFileHashes();
  const files = await stageOutputs([...outputPaths(settings.format, output), manifestPath(output)], fileHashes, signal);
  const pieces: Pieces | undefined = corpus.shard.count === 1 ? undefined : createPieces();
  // Shards of the same input are recognized by samples, or else by hashes of the whole input.
  const isWithoutSample = pieces !== undefined && samples.includes(null);
  const hashes = hashInputs || isWithoutSample ? createInputHashes(fileHashes) : undefined;
  try {
    onStart();
    const writer = paced(await fileWriter(settings.format, files, output, settings), files);
    const counts = await tokenizeCorpus(corpus, writer, { workerPool, hashes, pieces, onProgress, signal });
    const seconds = (performance.now() - started) / 1000;
    const facts = {
      counts,
      outputs: await files.complete(),
      ...{ hashes: hashes?.digests(), hashInputs, samples },
      pieces,
      vocabFile,
      seconds,
    };
    files.create(manifestPath(output)).write(new TextEncoder().encode(formatManifest(corpus, facts)));
    await files.complete();
    await check();
    await files.publish();
    return counts;
  } finally {
    fileHashes.close();
    await files.discard();
  }
}

/** Returns a writer that waits for slow outputs, so that unwritten output does not fill memory. */
function paced({ write, finish }: BlockWriter, files: StagedFiles): BlockWriter {
  return {
    async write(packed) {
      await write(packed);
      await files.drained();
    },
    finish,
  };
}

/** Returns the number of bytes to read, as stored (before decompression); undefined if any input is a pipe. */
function totalSize({ inputs, settings, shard, unit }: Corpus): number | undefined {
  const parts = partsOf(inputs, { format: settings.inputFormat, shard, unit });
  let total = 0;
  for (const [i, { size }] of inputs.entries()) {
    if (size === undefined) return undefined;
    const part = parts[i];
    total += part === undefined ? size : part.to - part.from;
  }
  return total;
}
