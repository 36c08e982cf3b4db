import { isRemote } from "@bertie/common";
import type { FileHashes } from "./file-hashes.ts";
import { type StagedFiles, stageFiles } from "./staged-files.ts";

/**
 * Prepares output files on disk, or objects on a store for `s3://…`. None of them may exist.
 *
 * @param paths paths of one run, either all on disk or all on a store
 * @param signal signal that ends uploads
 * @throws BertieError "output/exists" or "output/unusable"; "store/…" if the store cannot be used
 */
export async function stageOutputs(
  paths: readonly string[],
  hashes: FileHashes,
  signal?: AbortSignal,
): Promise<StagedFiles> {
  if (!paths.some(isRemote)) return stageFiles(paths, hashes);
  const { stageObjects } = await import("./staged-objects.ts");
  return stageObjects(paths, hashes, signal);
}
