import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { checkReadable } from "@bertie/classifier/node";
import { isRemote, refuseParquet } from "@bertie/common";
import type { RemoteFile } from "@bertie/stores";
import { compressionOf, decompress, isUndecided, MAGIC_BYTES } from "./decompress.ts";
import { CHECKED_BYTES, convertToUtf8, encodingOfHead, type TextOptions } from "./text-encoding.ts";

const CHUNK_BYTES = 1 << 18;
/** Number of remote files that are opened at the same time. */
const OPENED_TOGETHER = 16;

/** An input file or stream. */
export interface Input {
  /** Name in messages. */
  readonly name: string;
  /** Path of a file on disk; undefined for stdin and remote files. */
  readonly path: string | undefined;
  /** File on a store or an HTTP server. */
  readonly remote?: RemoteFile;
  /** Size of a file in bytes; undefined for pipes, and for servers that do not report it. */
  readonly size: number | undefined;
  /** Whether the input is an uncompressed file in UTF-8, on disk or remote, which can be read at any position. */
  readonly isPlainFile: boolean;
  readonly text: TextOptions;
}

/**
 * Determines the size and the kind of the inputs, without reading more than their start and the last bytes.
 *
 * @param paths paths of files, `-` for stdin, or `s3://…` and `https://…`, where patterns of keys are expanded
 * @throws BertieError "input/missing-file", "input/unreadable-file", "input/parquet", "input/invalid-utf8",
 * "options/encoding" or "store/…"
 */
export async function inspectInputs(paths: readonly string[], text: TextOptions): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of paths)
    if (path === "-") inputs.push({ name: "stdin", path: undefined, size: undefined, isPlainFile: false, text });
    else if (isRemote(path)) inputs.push(...(await inspectRemote(path, text)));
    else inputs.push(await inspect(path, text));
  return inputs;
}

async function inspectRemote(location: string, text: TextOptions): Promise<Input[]> {
  const { expandLocation, openRemoteFile } = await import("@bertie/stores");
  const paths = await expandLocation(location);
  const inputs: Input[] = [];
  for (let i = 0; i < paths.length; i += OPENED_TOGETHER) {
    const opened = paths
      .slice(i, i + OPENED_TOGETHER)
      .map(async (path) => inspectFile(await openRemoteFile(path), text));
    inputs.push(...(await Promise.all(opened)));
  }
  return inputs;
}

async function inspectFile(remote: RemoteFile, text: TextOptions): Promise<Input> {
  const { name, size, hasRanges } = remote;
  const start = await remote.head();
  const end = hasRanges ? await remote.read(Math.max(0, size! - MAGIC_BYTES), size!) : start.subarray(-MAGIC_BYTES);
  refuseParquet(start, end, name);
  const file = { name, path: undefined, remote, size };
  if (compressionOf(name, start) !== undefined) return { ...file, isPlainFile: false, text };
  const encoding = await encodingOfHead(start, name, text);
  return { ...file, isPlainFile: hasRanges && encoding === "utf-8", text: { ...text, encoding } };
}

async function inspect(path: string, text: TextOptions): Promise<Input> {
  const stats = await stat(path).catch(() => undefined);
  // The first bytes of a pipe cannot be inspected, because bytes can be read from a pipe only once.
  if (stats?.isFIFO() || stats?.isCharacterDevice() || stats?.isSocket())
    return { name: path, path, size: undefined, isPlainFile: false, text };
  await checkReadable(path);
  const { start, end } = await readEnds(path, stats?.size ?? 0);
  refuseParquet(start, end, path);
  const file = { name: path, path, size: stats?.size };
  if (compressionOf(path, start) !== undefined) return { ...file, isPlainFile: false, text };
  const encoding = await encodingOfHead(start, path, text);
  return { ...file, isPlainFile: encoding === "utf-8", text: { ...text, encoding } };
}

/** Reads the start and the last bytes of a file. */
async function readEnds(path: string, size: number) {
  const handle = await open(path);
  const read = async (position: number, length: number) => {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
  const start = await read(0, Math.min(size, CHECKED_BYTES));
  const end = await read(Math.max(0, size - MAGIC_BYTES), MAGIC_BYTES);
  await handle.close();
  return { start, end };
}

/**
 * Reads an input as a stream of decompressed UTF-8.
 *
 * @param onStored receives all bytes as stored, before decompression
 * @param signal stops reading, which then throws the signal's reason
 */
export async function* readInputStream(
  { name, path, remote, text }: Input,
  onStored: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const open = () => (path === undefined ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES }));
  const stored = remote === undefined ? addAbortSignal(signal, open()) : remote.stream({ signal });
  try {
    yield* convertToUtf8(await decompressIfNeeded(tap(stored, onStored), name), name, text);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function* tap(
  chunks: AsyncIterable<Uint8Array>,
  onChunk: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onChunk(chunk);
    yield chunk;
  }
}

async function decompressIfNeeded(
  chunks: AsyncGenerator<Uint8Array>,
  name: string,
): Promise<AsyncIterable<Uint8Array>> {
  const first: Uint8Array[] = [];
  let head: Uint8Array = new Uint8Array(0);
  while (isUndecided(head)) {
    const { done, value } = await chunks.next();
    if (done) break;
    first.push(value);
    head = Buffer.concat([head, value]).subarray(0, MAGIC_BYTES);
  }
  const compression = compressionOf(name, head);
  const all = concatenate(first, chunks);
  return compression === undefined ? all : decompress(all, compression, name);
}

async function* concatenate(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
