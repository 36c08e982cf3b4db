/**
 * The files of a directory, for example on disk, in a browser's file list or on a server.
 *
 * @example
 * ```ts
 * import { existsSync } from "node:fs";
 * import { readFile } from "node:fs/promises";
 * import type { FileSource } from "@bertie/common";
 *
 * const source: FileSource = {
 *   name: "runs/news",
 *   read: async (path) => (existsSync(`runs/news/${path}`) ? readFile(`runs/news/${path}`) : undefined),
 * };
 * ```
 */
export interface FileSource {
  /** Name of the directory in error messages; "" if there is no directory. */
  readonly name: string;
  /**
   * Reads a file.
   *
   * @param path path relative to the directory
   * @returns the contents, or undefined if the file does not exist
   */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Lists a folder, if the source supports this, as directories on disk do and servers do not.
   *
   * @param folder path relative to the directory; "" for the directory itself
   * @returns the sorted names of the entries; names of folders end with "/". Empty if the folder does not exist.
   */
  list?(folder: string): Promise<readonly string[]>;
}

/** Name of a file in error messages, and its contents. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A single file, which is read when its contents are needed. */
export interface SingleFile {
  /** Name of the file in error messages. */
  readonly name: string;
  read(): Promise<Uint8Array>;
  /** Directory of the file, to read further files that an index lists. */
  readonly directory?: FileSource;
}

/**
 * Returns the path of a file in a directory, for error messages.
 *
 * @example
 * ```ts
 * import { filePath } from "@bertie/common";
 *
 * console.log(filePath({ name: "runs/news" }, "config.json")); // runs/news/config.json
 * ```
 */
export function filePath({ name }: Pick<FileSource, "name">, file: string): string {
  if (name === "" || name === ".") return file;
  return name.endsWith("/") ? `${name}${file}` : `${name}/${file}`;
}
