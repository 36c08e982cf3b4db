import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BertieError } from "@bertie/common";
import { isRefusal, notRead } from "../files.ts";
import { formatJson } from "../report/json-lines.ts";
import type { WrittenFile } from "../run/new-folder.ts";

/** Written last: what it says of the other files must be so. */
export const MANIFEST = "manifest.json";

/** The contents of the manifest of some files. */
export function manifestOf(files: readonly WrittenFile[]): string {
  return formatJson({ files: Object.fromEntries(files.map(({ name, bytes, sha256 }) => [name, { bytes, sha256 }])) });
}

/**
 * Reads files of a checkpoint, and proves them whole by its manifest.
 *
 * @param names which; default all
 * @throws BertieError "checkpoint/damaged", or "input/not-read" where the disk fails
 */
export async function readProven(path: string, names?: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const listed = readManifest(await readPart(path, MANIFEST), path);
  const files = new Map<string, Uint8Array>();
  for (const name of names ?? listed.keys()) {
    if (!/^\w[\w.-]*$/.test(name)) throw damaged(path, `${MANIFEST} names ${JSON.stringify(name.slice(0, 40))}`);
    const contents = await readPart(path, name);
    const sha256 = createHash("sha256").update(contents).digest("hex");
    const expected = listed.get(name);
    if (expected?.bytes !== contents.length || expected.sha256 !== sha256)
      throw damaged(path, `${name} is not what was written (${contents.length} bytes, SHA-256 ${sha256})`);
    files.set(name, contents);
  }
  return files;
}

export function damaged(path: string, what: string, cause?: unknown): BertieError {
  return new BertieError("checkpoint/damaged", `${path}: the checkpoint is damaged, ${what}`, { cause });
}

async function readPart(path: string, name: string): Promise<Uint8Array> {
  return readFile(join(path, name)).catch((cause: NodeJS.ErrnoException) => {
    if (isRefusal(cause)) throw damaged(path, `${name} cannot be read (${cause.code})`, cause);
    throw notRead(join(path, name), cause);
  });
}

type Listed = Partial<Omit<WrittenFile, "name">>;

function readManifest(contents: Uint8Array, path: string): ReadonlyMap<string, Listed> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(contents)) as { files: Record<string, Listed> };
    return new Map(Object.entries(files));
  } catch (cause) {
    throw damaged(path, `${MANIFEST} is no manifest`, cause);
  }
}
