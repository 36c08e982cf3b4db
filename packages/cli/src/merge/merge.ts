import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, sep } from "node:path";
import process from "node:process";
import { isDirectory } from "@bertie/classifier/node";
import { BertieError, isRemote } from "@bertie/common";
import type { Interruption } from "../interrupt.ts";
import { joinLocation } from "../shards/join-location.ts";
import { createFileHashes, type FileHashes } from "../tokenize/file-hashes.ts";
import { manifestPath } from "../tokenize/manifest.ts";
import { stageOutputs } from "../tokenize/stage-outputs.ts";
import type { StagedFiles } from "../tokenize/staged-files.ts";
import { checkShards } from "./check-shards.ts";
import { type FoundShard, type FoundShards, findShards } from "./find-shards.ts";
import { formatMergedManifest, hashWholeInputs } from "./merged-manifest.ts";
import { mergedPieces } from "./merged-pieces.ts";
import { createPieceReader } from "./piece-reader.ts";
import { filesOnDisk } from "./shard-files.ts";
import { MERGED_FORMATS } from "./shard-manifest.ts";
import { verifyFiles } from "./verify-files.ts";
import { mergedPaths, writePieces } from "./write-pieces.ts";

/**
 * Runs `bertie merge`: checks the shards, and writes the output and the manifest of a run without shards. The files appear
 * together, and never replace existing ones. Shards on a store are downloaded to a temporary folder.
 *
 * @throws BertieError "merge/shards" after all problems have been printed, "options/…", "output/…" or "store/…"
 */
export async function mergeShards(
  paths: readonly string[],
  output: string | undefined,
  interruption: Interruption,
): Promise<void> {
  if (output === undefined) throw new BertieError("options/missing", "no output: add --output FILE.");
  if (!paths.some(isRemote)) return mergeInto(output, await findShards(paths, filesOnDisk), interruption);
  const { storedShards } = await import("./stored-shards.ts");
  const folder = await mkdtemp(join(tmpdir(), "bertie-merge-"));
  try {
    await mergeInto(output, await findShards(paths, storedShards(folder, interruption.signal)), interruption);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mergeInto(output: string, found: FoundShards, { check, signal }: Interruption): Promise<void> {
  for (const path of found.leftovers)
    log(
      `warning: ${path} was left by a run that was killed, or that has not ended. Delete it if no run is writing it.`,
    );
  const shards = found.shards.toSorted((a, b) => a.shard.index - b.shard.index);
  const problems = [...found.problems, ...checkShards(shards)];
  // Reading all files takes a while.
  for (const problem of problems) log(problem);
  await check();
  const hashes = createFileHashes();
  const file = problems.length === 0 && shards.length > 0 ? await outputFile(output, shards) : undefined;
  // An output that exists is reported before the files are read.
  const files = file === undefined ? undefined : await stageMerged(shards, file, hashes, signal);
  const reader = createPieceReader(shards);
  try {
    const add = (found: readonly string[]) => {
      for (const problem of found) log(problem);
      problems.push(...found);
    };
    for (const shard of shards) {
      add(await verifyFiles(shard));
      await check();
    }
    const whole = file !== undefined && problems.length === 0 ? hashWholeInputs(shards) : undefined;
    add(whole?.problems ?? []);
    if (file === undefined || files === undefined || whole === undefined || problems.length > 0)
      throw notMerged(problems);
    for (const warning of whole.warnings) log(`warning: ${warning}`);
    const drainedCheck = async () => {
      await files.drained();
      await check();
    };
    await writePieces({ shards, pieces: mergedPieces(shards), reader, check: drainedCheck }, files, file);
    const manifest = formatMergedManifest(shards, await files.complete(), whole.hashes);
    files.create(manifestPath(file)).write(new TextEncoder().encode(manifest));
    await files.complete();
    await check();
    await files.publish();
  } finally {
    reader.close();
    hashes.close();
    await files?.discard();
  }
  const records = shards.reduce((sum, shard) => sum + shard.records, 0);
  log(`merged ${shards.length} shards with ${records} records to ${file}`);
}

function stageMerged(
  shards: readonly FoundShard[],
  file: string,
  hashes: FileHashes,
  signal: AbortSignal,
): Promise<StagedFiles> {
  return stageOutputs([...mergedPaths(shards[0]!, file), manifestPath(file)], hashes, signal);
}

function notMerged(problems: readonly string[]): BertieError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const text =
    problems.length === 0 ? "no shards were found." : `nothing was merged because of ${count}, listed above.`;
  return new BertieError("merge/shards", `${text} Run \`bertie merge\` again with one complete file per shard.`);
}

/** Returns the path of the file to create, and checks that its extension is not of another format. */
async function outputFile(output: string, [first]: readonly FoundShard[]): Promise<string> {
  const { format } = first!;
  const isToBeDirectory = output.endsWith("/") || output.endsWith(sep) || (await isDirectory(output));
  if (isToBeDirectory) return joinLocation(output, format === "tsv" ? "predictions.tsv" : `tokens.${format}`);
  const other = MERGED_FORMATS.find((name) => extname(output) === `.${name}` && name !== format);
  if (other === undefined) return output;
  const text = `--output ${output}: the shards have the format ${format}, which merging does not convert. Rename the file to end in .${format}.`;
  throw new BertieError("options/format", text);
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}
