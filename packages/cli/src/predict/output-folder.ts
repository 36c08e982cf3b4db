import { byteChunks, directoryStorage, type Workspace } from "@bertie/classifier";
import { checkOutputDirectory } from "@bertie/classifier/node";
import { BertieError, isRemote } from "@bertie/common";
import { joinLocation } from "../shards/join-location.ts";
import { createFileHashes } from "../tokenize/file-hashes.ts";
import { stageOutputs } from "../tokenize/stage-outputs.ts";
import type { StagedFile, StagedFiles } from "../tokenize/staged-files.ts";
import { PREDICTIONS, PREDICTIONS_MANIFEST } from "./prediction-file.ts";

/** Files of a run, which become visible together. */
export type OutputFolder = Pick<Workspace, "name" | "files" | "append" | "write" | "commit" | "close">;

interface FolderOptions {
  /** Value of `--overwrite-output-dir`. */
  readonly overwrite: boolean;
  /** Paths that the run reads; a directory that contains one of them is never replaced. */
  readonly inputs: readonly (string | undefined)[];
  /** Signal that ends uploads. */
  readonly signal: AbortSignal;
}

/**
 * Opens a directory on disk or on a store for the files of `bertie predict`.
 *
 * @throws BertieError "output/…"; "store/…" if the store cannot be used
 */
export async function openOutputFolder(
  path: string,
  { overwrite, inputs, signal }: FolderOptions,
): Promise<OutputFolder> {
  if (isRemote(path)) return openStore(path, overwrite, signal);
  await checkOutputDirectory(path, { overwrite, inputs });
  return directoryStorage(path).open({ overwrite });
}

/** Uploads the files while they are written. The manifest has to be written last, because it becomes visible last. */
async function openStore(location: string, overwrite: boolean, signal: AbortSignal): Promise<OutputFolder> {
  const hashes = createFileHashes();
  const paths = [PREDICTIONS, "run.json", PREDICTIONS_MANIFEST].map((name) => joinLocation(location, name));
  const staged = await stageNew(paths, hashes, overwrite, signal);
  const files = new Map<string, StagedFile>();

  function fileOf(name: string): StagedFile {
    const file = files.get(name) ?? staged.create(joinLocation(location, name));
    files.set(name, file);
    return file;
  }

  async function append(name: string, chunks: Parameters<Workspace["write"]>[1]): Promise<void> {
    const file = fileOf(name);
    for await (const chunk of byteChunks(chunks)) file.write(chunk);
    await staged.drained();
  }

  return {
    name: location,
    files: () => [...files.keys()].sort(),
    append,
    write: append,
    async commit() {
      await staged.complete();
      signal.throwIfAborted();
      await staged.publish();
    },
    async close() {
      hashes.close();
      await staged.discard();
    },
  };
}

async function stageNew(
  paths: readonly string[],
  hashes: ReturnType<typeof createFileHashes>,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<StagedFiles> {
  try {
    return await stageOutputs(paths, hashes, signal);
  } catch (cause) {
    if (!overwrite || !(cause instanceof BertieError) || cause.code !== "output/exists") throw cause;
    const text = `${cause.message} --overwrite-output-dir does not replace objects on a store.`;
    throw new BertieError("output/exists", text, { cause });
  }
}
