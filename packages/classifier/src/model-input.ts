import { BertieError, type PlatformType } from "@bertie/common";
import type { FileSource } from "@bertie/model";
import { fetchFile, remoteUrl } from "./remote-file.ts";
import type { FolderHandle } from "./storage/private-folder.ts";

/**
 * Source of the files of a model directory: a path on disk or the name of a model on the Hugging Face Hub, such as
 * `user/model` or `user/model@revision` (Node, Deno, Bun), a path relative to the page (browsers), a URL, a storage, the files
 * of a file input, a directory handle, or a map from file names to contents.
 */
export type ModelInput =
  | string
  | URL
  | FileSource
  | readonly PlatformType<"File", Blob & { readonly name: string }>[]
  | FolderHandle
  | ReadonlyMap<string, Blob | Uint8Array>;

/**
 * Returns a source that reads the files of a model directory, or of a model on the Hugging Face Hub.
 *
 * @throws BertieError "input/not-a-model" if the input is of another type, "hub/…" if there is neither a directory nor a model of
 *   the given name
 */
export async function openModelInput(
  input: ModelInput,
): Promise<{ readonly source: FileSource; readonly warnings: readonly string[] }> {
  const isLocal = (typeof input === "string" || input instanceof URL) && remoteUrl(input) === undefined;
  const onHub = isLocal ? await (await import("./hub-model.node.ts")).openIfOnHub(input) : undefined;
  return onHub === undefined
    ? { source: fileSourceOf(input), warnings: [] }
    : { source: onHub, warnings: onHub.warnings };
}

/**
 * Returns a source that reads the files of a model directory. Strings are paths or URLs.
 *
 * @throws BertieError "input/not-a-model" if the input is of another type
 */
export function fileSourceOf(input: ModelInput): FileSource {
  if (typeof input === "string" || input instanceof URL) {
    const url = remoteUrl(input);
    return url === undefined ? localSource(input) : remoteSource(url);
  }
  if (Array.isArray(input)) return chosenFiles(input as readonly File[]);
  if (input instanceof Map) return filesInMemory("model", input as ReadonlyMap<string, Blob | Uint8Array>);
  if (typeof input === "object" && input !== null) {
    if ("getFileHandle" in input) return handleSource(input as FileSystemDirectoryHandle);
    if ("read" in input) return input;
  }
  const text = "model: expected the path or URL of a model directory, the files of a model, or a storage.";
  throw new BertieError("input/not-a-model", text);
}

function localSource(location: string | URL): FileSource {
  return {
    name: String(location),
    async read(file) {
      const { isDirectory, isFile, pathOf, readInput } = await import("./storage/files.node.ts");
      const path = pathOf(location);
      if (await isFile(`${path}/${file}`)) return readInput(`${path}/${file}`);
      if (await isDirectory(path)) return undefined;
      const text = `${path}: no such directory. Check the path, or use the name of a model on the Hugging Face Hub, such as user/model; a model directory contains config.json, vocab.txt and model.safetensors.`;
      throw new BertieError("input/missing-file", text);
    },
    async list(folder) {
      const { listFolder, pathOf } = await import("./storage/files.node.ts");
      return listFolder(`${pathOf(location)}/${folder}`);
    },
  };
}

/** Returns a source for a directory on a server. The query of the URL, such as a signature, is sent with each request. */
function remoteSource(url: URL): FileSource {
  const folder = url.pathname.replace(/\/$/, "");
  return {
    name: `${url.origin}${folder}`,
    read: (file) => fetchFile(new URL(`${folder}/${file}${url.search}`, url)),
  };
}

/** Returns a source for the files of a file input. The paths of files in subfolders start with the subfolder. */
function chosenFiles(files: readonly File[]): FileSource {
  const folder = files[0]?.webkitRelativePath?.split("/")[0];
  const pathOf = ({ name, webkitRelativePath: path }: File) => (path ? path.slice(path.indexOf("/") + 1) : name);
  return filesInMemory(folder || files[0]?.name || "model", new Map(files.map((file) => [pathOf(file), file])));
}

/** Returns a source for files in memory. */
export function filesInMemory(name: string, files: ReadonlyMap<string, Blob | Uint8Array>): FileSource {
  return {
    name,
    async read(path) {
      const file = files.get(path);
      return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
    },
    list: async (folder) => entriesOf([...files.keys()], folder),
  };
}

/** Returns the sorted entries of a folder, given the paths of all files. */
function entriesOf(paths: readonly string[], folder: string): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const inner = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return [...new Set(inner.map((path) => path.replace(/\/.*$/, "/")))].sort();
}

function handleSource(handle: FileSystemDirectoryHandle): FileSource {
  return {
    name: handle.name,
    async read(path) {
      try {
        const [file, ...folders] = path.split("/").reverse() as [string, ...string[]];
        let folder = handle;
        for (const name of folders.reverse()) folder = await folder.getDirectoryHandle(name);
        return new Uint8Array(await (await (await folder.getFileHandle(file)).getFile()).arrayBuffer());
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
        throw error;
      }
    },
  };
}
