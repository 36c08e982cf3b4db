import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { BertieError } from "@bertie/common";
import { MAX_FZSTD_WINDOW, unzstdFrame, ZstdFault, type ZstdFrame, zstdFrames } from "@bertie/data/records";

export type Compression = "gzip" | "zstd";

const OUT_BYTES = 1 << 18;
/** Binary logarithm of the largest window that the format allows, in bytes. */
const ZSTD_WINDOW_LOG = 31;

/** First bytes of compressed files. They are not valid UTF-8 text. */
const MAGIC = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd] };
export const MAGIC_BYTES = 4;

/** Detects the compression of a file by its name or its first bytes. */
export function compressionOf(name: string, head: Uint8Array): Compression | undefined {
  if (name.endsWith(".gz") || startsWith(head, MAGIC.gzip)) return "gzip";
  if (name.endsWith(".zst") || startsWith(head, MAGIC.zstd)) return "zstd";
  return undefined;
}

/** Returns whether more bytes are needed to detect the compression of a file. */
export function isUndecided(head: Uint8Array): boolean {
  return Object.values(MAGIC).some(
    (magic) => head.length < magic.length && startsWith(head, magic.slice(0, head.length)),
  );
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/**
 * Decompresses one compressed file, or several concatenated ones.
 *
 * @throws BertieError "input/compression" if the data is damaged or truncated
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  fileName: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* compression === "gzip" ? gunzip(chunks) : unzstd(chunks, fileName);
  } catch (cause) {
    if (!isDataError(cause)) throw cause;
    const text = `${fileName}: cannot be decompressed as ${compression} (${cause.message}). The file is damaged or truncated. Copy or download it again.`;
    throw new BertieError("input/compression", text, { cause });
  }
}

function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // The callback is required, but errors already reach the consumer through the returned stream.
  return pipeline(Readable.from(chunks), zlib.createGunzip({ chunkSize: OUT_BYTES }), () => {});
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>, fileName: string): AsyncGenerator<Uint8Array> {
  for await (const frame of zstdFrames(chunks)) {
    // Each frame is decompressed separately: node:zlib (Node 24.21) stops after the first of several frames, and Deno (2.9)
    // does not report a truncated frame.
    yield* "createZstdDecompress" in zlib
      ? unzstdNatively(frame, zlib as unknown as ZlibWithZstd)
      : unzstdByFzstd(frame, fileName);
  }
}

/** Zstandard support of node:zlib since Node 22.15, which the type definitions for Node 20 lack. */
interface ZlibWithZstd {
  createZstdDecompress(options: object): Transform;
  readonly constants: { readonly ZSTD_d_windowLogMax: number };
}

function unzstdNatively({ pieces }: ZstdFrame, { createZstdDecompress, constants }: ZlibWithZstd) {
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
  return pipeline(Readable.from(pieces), createZstdDecompress({ params, chunkSize: OUT_BYTES }), () => {});
}

function unzstdByFzstd(frame: ZstdFrame, fileName: string): AsyncGenerator<Uint8Array> {
  if (frame.windowBytes > MAX_FZSTD_WINDOW) {
    const needs = `the window size is ${Math.round(frame.windowBytes / 2 ** 20)} MiB, but this version of Node supports at most 64 MiB`;
    const remedy = "Use Node 22.15 or later, or pipe the output of `zstd -dc` to this command.";
    throw new BertieError("input/compression", `${fileName}: ${needs}. ${remedy}`);
  }
  return unzstdFrame(frame);
}

/** Returns whether invalid data caused an error. Error codes of zlib have a prefix, and error codes of fzstd are numbers. */
function isDataError(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  if (!(error instanceof Error)) return false;
  return error instanceof ZstdFault || typeof code === "number" || /^(Z_|ZSTD_|ERR_ZSTD)/.test(String(code));
}
