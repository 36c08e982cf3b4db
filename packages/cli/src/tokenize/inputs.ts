import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { checkReadable } from "@bertie/classifier/node";
import { refuseParquet } from "@bertie/common";
import { compressionOf, decompress, isUndecided, MAGIC_BYTES } from "./decompress.ts";
import { CHECKED_BYTES, convertToUtf8, encodingOfHead, type TextOptions } from "./text-encoding.ts";

const CHUNK_BYTES = 1 << 18;

/** An input file or stream. */
export interface Input {
  /** Name in messages. */
  readonly name: string;
  /** Path of the file; undefined for stdin. */
  readonly path: string | undefined;
  /** Size of a file in bytes; undefined for pipes. */
  readonly size: number | undefined;
  /** Whether the input is an uncompressed file in UTF-8, which can be read at any position. */
  readonly isPlainFile: boolean;
  readonly text: TextOptions;
}

/**
 * Determines the size and the kind of the inputs, without reading more than their start and the last bytes.
 *
 * @param paths paths of files, or `-` for stdin
 * @throws BertieError "input/missing-file", "input/unreadable-file", "input/parquet", "input/invalid-utf8" or
 * "options/encoding"
 */
export async function inspectInputs(paths: readonly string[], text: TextOptions): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of paths)
    inputs.push(
      path === "-"
        ? { name: "stdin", path: undefined, size: undefined, isPlainFile: false, text }
        : await inspect(path, text),
    );
  return inputs;
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
  { name, path, text }: Input,
  onStored: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stream = path === undefined ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    yield* convertToUtf8(await decompressIfNeeded(tap(addAbortSignal(signal, stream), onStored), name), name, text);
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
