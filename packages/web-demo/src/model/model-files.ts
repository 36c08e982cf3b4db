import type { FileSource } from "@bertie/model";
import { unzip } from "../files/unzip.ts";

/** Files that archive programs and file managers add. */
const FOREIGN = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$)/;

/**
 * Returns the model directory in files that the user has chosen, by path, or in a zip file. The directory is the innermost
 * folder that contains all files. Without a folder, its name is the name of the zip file or "model".
 *
 * @throws BertieError "input/compression" if the zip file is damaged
 */
export async function openModelFiles(chosen: ReadonlyMap<string, File>): Promise<FileSource> {
  const [first] = chosen;
  const archive = chosen.size === 1 && first !== undefined && /\.zip$/i.test(first[0]) ? first[1] : undefined;
  const files: ReadonlyMap<string, Blob | Uint8Array> = archive === undefined ? chosen : await unzip(archive);
  const paths = [...files.keys()].filter((path) => !FOREIGN.test(path));
  const folder = paths.reduce(commonFolder, paths[0] ?? "");
  return {
    name: folder.split("/").at(-2) ?? archive?.name.replace(/\.zip$/i, "") ?? "model",
    async read(path) {
      const file = files.get(folder + path);
      return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
    },
    list: async (path) => entriesOf(paths, `${folder}${path === "" ? "" : `${path}/`}`),
  };
}

/** Returns the longest folder that contains both files, with a slash at the end, or "". */
function commonFolder(a: string, b: string): string {
  const [left, right] = [a, b].map((path) => path.split("/").slice(0, -1)) as [string[], string[]];
  const difference = left.findIndex((name, i) => name !== right[i]);
  return (difference < 0 ? left : left.slice(0, difference)).map((name) => `${name}/`).join("");
}

/** Returns the sorted names in a folder, those of folders with a slash at the end. */
function entriesOf(paths: readonly string[], prefix: string): string[] {
  const inner = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return [...new Set(inner.map((path) => path.replace(/\/.*$/, "/")))].sort();
}
