import { BertieError } from "@bertie/common";
import { sha256 } from "../storage/sha256.ts";
import type { Workspace, WrittenFile } from "../storage/storage.ts";

/** Written last: it lists the other files with their sizes and hashes, and so proves that a checkpoint is whole. */
export const MANIFEST = "manifest.json";

/** The contents of the manifest of some files. */
export function manifestOf(files: readonly WrittenFile[]): string {
  const listed = Object.fromEntries(files.map(({ name, bytes, sha256 }) => [name, { bytes, sha256 }]));
  return `${JSON.stringify({ files: listed }, null, 2)}\n`;
}

/** What a checkpoint is read from: a run's workspace, or files that a user has given. */
export type CheckpointSource = Pick<Workspace, "read" | "locate">;

/**
 * Reads files of a checkpoint, and compares them with its manifest.
 *
 * @param folder the checkpoint's folder in the source
 * @param names which files
 * @default names all
 * @throws BertieError "checkpoint/damaged", or "input/not-read" where the disk fails
 */
export async function readVerified(
  source: CheckpointSource,
  folder: string,
  names?: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const path = source.locate(folder);
  const listed = readManifest(await readPart(source, folder, MANIFEST), path);
  const files = new Map<string, Uint8Array>();
  for (const name of names ?? listed.keys()) {
    if (!/^\w[\w.-]*$/.test(name)) throw damaged(path, `${MANIFEST} names ${JSON.stringify(name.slice(0, 40))}`);
    const contents = await readPart(source, folder, name);
    const hash = await sha256(contents);
    const expected = listed.get(name);
    if (expected?.bytes !== contents.length || expected.sha256 !== hash)
      throw damaged(path, `${name} is not what was written (${contents.length} bytes, SHA-256 ${hash})`);
    files.set(name, contents);
  }
  return files;
}

export function damaged(path: string, what: string, cause?: unknown): BertieError {
  return new BertieError("checkpoint/damaged", `${path}: the checkpoint is damaged, ${what}`, { cause });
}

async function readPart(source: CheckpointSource, folder: string, name: string): Promise<Uint8Array> {
  const path = source.locate(folder);
  const contents = await source.read(`${folder}/${name}`).catch((cause: unknown) => {
    if (!(cause instanceof BertieError) || cause.code !== "input/unreadable-file") throw cause;
    throw damaged(path, `${name} cannot be read`, cause);
  });
  if (contents === undefined) throw damaged(path, `${name} is missing`);
  return contents;
}

type Listed = Partial<Omit<WrittenFile, "name">>;

function readManifest(contents: Uint8Array, path: string): ReadonlyMap<string, Listed> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(contents)) as { files: Record<string, Listed> };
    return new Map(Object.entries(files));
  } catch (cause) {
    throw damaged(path, `${MANIFEST} is not a manifest`, cause);
  }
}
