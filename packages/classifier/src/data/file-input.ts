import { BertieError, concatenate, hasFileSystem, isRemote } from "@bertie/common";
import { bytesSource, type TableSource } from "@bertie/data";
import { fetchFile, remoteUrl } from "../remote-file.ts";

/** Path of a file or `s3://…` (Node, Deno, Bun), URL, contents, or a source that is read as a stream. */
export type FileInput = string | URL | Blob | Uint8Array | TableSource;

/**
 * Returns the source of a file. Files on disk and Blobs are read as streams.
 *
 * @throws BertieError "input/missing-file" if the file does not exist, "input/unreachable" if it cannot be downloaded in a browser,
 *   "store/…" if it cannot be downloaded elsewhere
 */
export async function tableSourceOf(file: FileInput): Promise<TableSource> {
  if (file instanceof Uint8Array) return bytesSource("table", file);
  if (file instanceof Blob) {
    const name = "name" in file ? String(file.name) : "table";
    const bytes = async () => new Uint8Array(await file.arrayBuffer());
    return { name, size: file.size, stream: () => chunksOf(file), bytes };
  }
  if (typeof file === "object" && "stream" in file) return file;
  const url = remoteUrl(file);
  if (url !== undefined && isRemote(url.href) && hasFileSystem()) {
    const { fileTableSource } = await import("../storage/files.node.ts");
    return fileTableSource(url.href);
  }
  if (url !== undefined) {
    const bytes = await fetchFile(url);
    if (bytes !== undefined) return bytesSource(url.pathname.split("/").at(-1)!, bytes);
    throw new BertieError("input/missing-file", `${url.href}: no such file. Check the URL.`);
  }
  const { fileTableSource, pathOf } = await import("../storage/files.node.ts");
  return fileTableSource(pathOf(file));
}

/** Reads the whole file, for formats that are not read as a stream. */
export async function readFileInput(file: FileInput): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const { name, bytes, stream } = await tableSourceOf(file);
  if (bytes !== undefined) return { name, bytes: await bytes() };
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream()) chunks.push(chunk);
  return { name, bytes: concatenate(chunks) };
}

async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
