/**
 * The files of a directory, wherever they are: on disk, in a browser's file list, on a server.
 *
 * @example
 * const source: FileSource = {
 *   name: "runs/news",
 *   async read(path) {
 *     return existsSync(join("runs/news", path)) ? readFile(join("runs/news", path)) : undefined;
 *   },
 * };
 */
export interface FileSource {
  /** What messages call the directory; "" where files have no directory. */
  readonly name: string;
  /**
   * Reads a file.
   *
   * @param path relative to the directory
   * @returns undefined where there is no such file
   */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** A single file, read when its contents are needed. */
export interface SingleFile {
  /** What messages call the file. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/** Returns what messages call a file of a directory. */
export function filePath({ name }: Pick<FileSource, "name">, file: string): string {
  if (name === "" || name === ".") return file;
  return name.endsWith("/") ? `${name}${file}` : `${name}/${file}`;
}
