import { extname, join, sep } from "node:path";
import process from "node:process";
import { isDirectory } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { createFileHashes } from "../tokenize/file-hashes.ts";
import { manifestPath } from "../tokenize/manifest.ts";
import { stageFiles } from "../tokenize/staged-files.ts";
import { checkShards } from "./check-shards.ts";
import { type FoundShard, findShards } from "./find-shards.ts";
import { formatMergedManifest, hashWholeInputs } from "./merged-manifest.ts";
import { mergedPieces } from "./merged-pieces.ts";
import { createPieceReader } from "./piece-reader.ts";
import { MERGED_FORMATS } from "./shard-manifest.ts";
import { verifyFiles } from "./verify-files.ts";
import { mergedPaths, writePieces } from "./write-pieces.ts";

/**
 * Runs `bertie merge`: checks the shards, and writes the output and the manifest of a run without shards. The files appear
 * together, and never replace existing ones.
 *
 * @param check throws if the merge has been interrupted
 * @throws BertieError "merge/shards" after all problems have been printed, "options/…" or "output/…"
 */
export async function mergeShards(
  paths: readonly string[],
  output: string | undefined,
  check: () => Promise<void>,
): Promise<void> {
  if (output === undefined) throw new BertieError("options/missing", "no output: add --output FILE.");
  const found = await findShards(paths);
  for (const path of found.leftovers)
    log(
      `warning: ${path} was left by a run that was killed, or that has not ended. Delete it if no run is writing it.`,
    );
  const shards = found.shards.toSorted((a, b) => a.shard.index - b.shard.index);
  const problems = [...found.problems, ...checkShards(shards)];
  for (const shard of shards) {
    problems.push(...verifyFiles(shard));
    await check();
  }
  const whole = problems.length === 0 && shards.length > 0 ? hashWholeInputs(shards) : undefined;
  problems.push(...(whole?.problems ?? []));
  if (whole === undefined || problems.length > 0) throw notMerged(problems);
  for (const warning of whole.warnings) log(`warning: ${warning}`);
  const file = await outputFile(output, shards);
  const hashes = createFileHashes();
  const files = await stageFiles([...mergedPaths(shards[0]!, file), manifestPath(file)], hashes);
  const reader = createPieceReader(shards);
  try {
    await writePieces({ shards, pieces: mergedPieces(shards), reader, check }, files, file);
    const manifest = formatMergedManifest(shards, await files.complete(), whole.hashes);
    files.create(manifestPath(file)).write(new TextEncoder().encode(manifest));
    await files.complete();
    await check();
    await files.publish();
  } finally {
    reader.close();
    hashes.close();
    await files.discard();
  }
  const records = shards.reduce((sum, shard) => sum + shard.records, 0);
  log(`merged ${shards.length} shards with ${records} records to ${file}`);
}

function notMerged(problems: readonly string[]): BertieError {
  for (const problem of problems) log(problem);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const text =
    problems.length === 0 ? "no shards were found." : `nothing was merged because of ${count}, listed above.`;
  return new BertieError("merge/shards", `${text} Run \`bertie merge\` again with one complete file per shard.`);
}

/** Returns the path of the file to create, and checks that its extension is not of another format. */
async function outputFile(output: string, [first]: readonly FoundShard[]): Promise<string> {
  const { format } = first!;
  const isToBeDirectory = output.endsWith("/") || output.endsWith(sep) || (await isDirectory(output));
  if (isToBeDirectory) return join(output, format === "tsv" ? "predictions.tsv" : `tokens.${format}`);
  const other = MERGED_FORMATS.find((name) => extname(output) === `.${name}` && name !== format);
  if (other === undefined) return output;
  const text = `--output ${output}: the shards have the format ${format}, which merging does not convert. Rename the file to end in .${format}.`;
  throw new BertieError("options/format", text);
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}
