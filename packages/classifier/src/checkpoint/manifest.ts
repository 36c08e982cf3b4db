import { BertieError } from "@bertie/common";
import { sha256 } from "../storage/sha256.ts";
import type { Workspace, WrittenFile } from "../storage/storage.ts";

/**
 * File with the sizes and hashes of the other files. It is written last, so a checkpoint without this file is
 * incomplete.
 */
export const MANIFEST = "manifest.json";

/** Returns the contents of the manifest of the given files. */
export function manifestOf(files: readonly WrittenFile[]): string {
  const listed = Object.fromEntries(files.map(({ name, bytes, sha256 }) => [name, { bytes, sha256 }]));
  return `${JSON.stringify({ files: listed }, null, 2)}\n`;
}

/** Source of the files of checkpoints: a workspace, or imported files. */
export type CheckpointSource = Pick<Workspace, "read" | "locate">;

/**
 * Reads files of a checkpoint, and verifies their sizes and hashes against the manifest.
 *
 * @param folder folder of the checkpoint in the source
 * @param names names of the files to read
 * @default names all files in the manifest
 * @throws BertieError "checkpoint/damaged" if a file is missing or differs from the manifest, "input/not-read" if the
 *   disk fails
 */
export async function readVerified(
  source: CheckpointSource,
  folder: string,
  names?: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const path = source.locate(folder);
  const listed = readManifest(await readRequired(source, folder, MANIFEST), path);
  const files = new Map<string, Uint8Array>();
  for (const name of names ?? listed.keys()) {
    if (!/^\w[\w.-]*$/.test(name))
      throw damaged(path, `${MANIFEST} contains the invalid file name ${JSON.stringify(name.slice(0, 40))}`);
    const contents = await readRequired(source, folder, name);
    const hash = await sha256(contents);
    const expected = listed.get(name);
    if (expected?.bytes !== contents.length || expected.sha256 !== hash)
      throw damaged(path, `${name} differs from the manifest: ${contents.length} bytes, SHA-256 ${hash}`);
    files.set(name, contents);
  }
  return files;
}

/** Creates the error for a damaged checkpoint. */
export function damaged(path: string, reason: string, cause?: unknown): BertieError {
  return new BertieError("checkpoint/damaged", `${path}: the checkpoint is damaged (${reason})`, { cause });
}

async function readRequired(source: CheckpointSource, folder: string, name: string): Promise<Uint8Array> {
  const path = source.locate(folder);
  const contents = await source.read(`${folder}/${name}`).catch((cause: unknown) => {
    if (!(cause instanceof BertieError) || cause.code !== "input/unreadable-file") throw cause;
    throw damaged(path, `${name} cannot be read`, cause);
  });
  if (contents === undefined) throw damaged(path, `${name} is missing`);
  return contents;
}

type ManifestEntry = Partial<Omit<WrittenFile, "name">>;

function readManifest(contents: Uint8Array, path: string): ReadonlyMap<string, ManifestEntry> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(contents)) as { files: Record<string, ManifestEntry> };
    return new Map(Object.entries(files));
  } catch (cause) {
    throw damaged(path, `${MANIFEST} is malformed`, cause);
  }
}
