import { readFile } from "node:fs/promises";

/** Reads a file, given as a path or as a URL with the scheme `file:`. */
export async function readBytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(address.startsWith("file:") ? new URL(address) : address));
}
