import { createReadStream, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startObject, type Upload } from "@bertie/stores";
import type { FileHashes } from "./file-hashes.ts";
import { type OutputFile, type StagedFile, type StagedFiles, stageFiles } from "./staged-files.ts";

interface Entry {
  readonly upload: Upload;
  readonly path: string;
  /** File that is uploaded when it is complete, because its start is written last; undefined for streams. */
  readonly temporary: string | undefined;
  readonly file: StagedFile;
  output: OutputFile | undefined;
}

/**
 * Prepares objects on a store. They are uploaded while they are written, and become visible together; files that are rewritten
 * are uploaded from a temporary folder at the end.
 *
 * @throws BertieError "output/exists", "output/unusable" or "store/…"
 */
export async function stageObjects(
  paths: readonly string[],
  hashes: FileHashes,
  signal: AbortSignal | undefined,
): Promise<StagedFiles> {
  const uploads = new Map<string, Upload>();
  for (const path of paths) uploads.set(path, await startObject(path, { signal }));
  /** Temporary folder, which is created for the first file that is rewritten. */
  let folder: string | undefined;
  const temporaryFiles = await stageFiles([], hashes);
  let entries: Entry[] = [];

  function startStream(path: string, upload: Upload): StagedFile {
    let size = 0;
    return {
      write(bytes) {
        hashes.update(path, bytes);
        upload.write(bytes);
        size += bytes.length;
      },
      overwrite() {
        throw new Error(`${path} is not rewritable`);
      },
      size: () => size,
    };
  }

  function temporaryPath(): string {
    folder ??= mkdtempSync(join(tmpdir(), "bertie-upload-"));
    return join(folder, String(entries.length));
  }

  async function removeFolder(): Promise<void> {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async function completeEntry(entry: Entry, files: readonly OutputFile[]): Promise<OutputFile> {
    const { upload, path, temporary, file } = entry;
    if (temporary !== undefined)
      for await (const chunk of createReadStream(temporary) as AsyncIterable<Uint8Array>) {
        upload.write(chunk);
        await upload.drained();
      }
    await upload.finish();
    const sha256 = files.find((other) => other.path === temporary)?.sha256 ?? hashes.digest(path);
    return { path, bytes: file.size(), sha256 };
  }

  return {
    create(path, { rewritable } = { rewritable: false }) {
      const upload = uploads.get(path)!;
      const temporary = rewritable ? temporaryPath() : undefined;
      const file =
        temporary === undefined ? startStream(path, upload) : temporaryFiles.create(temporary, { rewritable });
      entries.push({ upload, path, temporary, file, output: undefined });
      return file;
    },
    async drained() {
      for (const { upload } of entries) await upload.drained();
    },
    async complete() {
      const files = await temporaryFiles.complete();
      await temporaryFiles.publish();
      for (const entry of entries) entry.output ??= await completeEntry(entry, files);
      return entries.map(({ output }) => output!);
    },
    async publish() {
      for (const { upload } of entries) await upload.publish();
      entries = [];
      uploads.clear();
      await removeFolder();
    },
    async discard() {
      await temporaryFiles.discard();
      await removeFolder();
      // The last file is the manifest, which must disappear first.
      for (const upload of [...uploads.values()].reverse()) await upload.discard();
      entries = [];
      uploads.clear();
    },
  };
}
