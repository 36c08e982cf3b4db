import { BertieError } from "@bertie/common";
import type { FileSource } from "@bertie/model";
import { addressOf, fetchFile } from "./address.ts";

/**
 * Where a model's files come from: a directory's path (Node, Deno, Bun) or address (browsers), a URL, a storage, files that a
 * user has chosen, a directory handle, or files in memory by name.
 */
export type ModelInput =
  | string
  | URL
  | FileSource
  | readonly File[]
  | FileSystemDirectoryHandle
  | ReadonlyMap<string, Blob | Uint8Array>;

/**
 * The files of a model directory, wherever they are.
 *
 * @throws BertieError "input/not-a-model"
 */
export function fileSourceOf(input: ModelInput): FileSource {
  if (typeof input === "string" || input instanceof URL) {
    const address = addressOf(input);
    return address === undefined ? localSource(input) : remoteSource(address);
  }
  if (Array.isArray(input)) return chosenFiles(input as readonly File[]);
  if (input instanceof Map) return filesInMemory("model", input as ReadonlyMap<string, Blob | Uint8Array>);
  if (typeof input === "object" && input !== null) {
    if ("getFileHandle" in input) return handleSource(input as FileSystemDirectoryHandle);
    if ("read" in input) return input;
  }
  const text = "model: expected the path or the URL of a model directory, its files, or a storage";
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
      const text = `${path}: there is no such directory; a model is one with config.json, vocab.txt and model.safetensors`;
      throw new BertieError("input/missing-file", text);
    },
  };
}

/** A directory on a server. The query of its URL, such as a signature, is sent with every file. */
function remoteSource(address: URL): FileSource {
  const folder = address.pathname.replace(/\/$/, "");
  return {
    name: `${address.origin}${folder}`,
    read: (file) => fetchFile(new URL(`${folder}/${file}${address.search}`, address)),
  };
}

/** The files of a directory that a user has chosen; folders in it, such as checkpoints, have files of the same names. */
function chosenFiles(files: readonly File[]): FileSource {
  const direct = files.filter(({ webkitRelativePath = "" }) => webkitRelativePath.split("/").length <= 2);
  const folder = files[0]?.webkitRelativePath?.split("/")[0];
  return filesInMemory(folder || files[0]?.name || "model", new Map(direct.map((file) => [file.name, file])));
}

/** Files by name, as the files of a directory. */
export function filesInMemory(name: string, files: ReadonlyMap<string, Blob | Uint8Array>): FileSource {
  return {
    name,
    async read(path) {
      const file = files.get(path);
      return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
    },
  };
}

function handleSource(handle: FileSystemDirectoryHandle): FileSource {
  return {
    name: handle.name,
    async read(path) {
      try {
        return new Uint8Array(await (await (await handle.getFileHandle(path)).getFile()).arrayBuffer());
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
        throw error;
      }
    },
  };
}
