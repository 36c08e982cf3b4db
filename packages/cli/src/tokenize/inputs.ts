import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { checkReadable } from "@bertie/classifier/node";
import { refuseParquet } from "@bertie/common";
import { compressionOf, decompress, isUndecided, MAGIC_BYTES } from "./decompress.ts";

const CHUNK_BYTES = 1 << 18;

/** An input file or stream. */
export interface Input {
  /** Name in messages. */
  readonly name: string;
  /** Path of the file; undefined for stdin. */
  readonly path: string | undefined;
  /** Size of a file in bytes; undefined for pipes. */
  readonly size: number | undefined;
  /** Whether the input is an uncompressed file, which can be read at any position. */
  readonly isPlainFile: boolean;
}

/**
 * Determines the size and the kind of the inputs, without reading more than the first and the last bytes.
 *
 * @param paths paths of files, or `-` for stdin
 * @throws BertieError "input/missing-file", "input/unreadable-file" or "input/parquet"
 */
export async function inspectInputs(paths: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of paths) inputs.push(path === "-" ? STDIN : await inspect(path));
  return inputs;
}

const STDIN: Input = { name: "stdin", path: undefined, size: undefined, isPlainFile: false };

async function inspect(path: string): Promise<Input> {
  const stats = await stat(path).catch(() => undefined);
  // The first bytes of a pipe cannot be inspected, because bytes can be read from a pipe only once.
  if (stats?.isFIFO() || stats?.isCharacterDevice() || stats?.isSocket())
    return { name: path, path, size: undefined, isPlainFile: false };
  await checkReadable(path);
  const { start, end } = await readEnds(path, stats?.size ?? 0);
  refuseParquet(start, end, path);
  const isPlainFile = compressionOf(path, start) === undefined;
  return { name: path, path, size: stats?.size, isPlainFile };
}

/** Reads the first and the last bytes of a file. */
async function readEnds(path: string, size: number) {
  const handle = await open(path);
  const read = async (position: number) => {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(MAGIC_BYTES), 0, MAGIC_BYTES, position);
    return buffer.subarray(0, bytesRead);
  };
  const [start, end] = [await read(0), await read(Math.max(0, size - MAGIC_BYTES))];
  await handle.close();
  return { start, end };
}

/**
 * Reads an input as a stream of decompressed bytes.
 *
 * @param onStored receives all bytes as stored, before decompression
 * @param signal stops reading, which then throws the signal's reason
 */
export async function* readInputStream(
  { name, path }: Input,
  onStored: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stream = path === undefined ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    yield* await decompressIfNeeded(tap(addAbortSignal(signal, stream), onStored), name);
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
