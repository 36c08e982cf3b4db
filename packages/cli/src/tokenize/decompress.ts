import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { BertieError } from "@bertie/common";
import { ZstdFault, type ZstdFrame, zstdFrames } from "@bertie/data/records";

export type Compression = "gzip" | "zstd";

const OUT_BYTES = 1 << 18;
/** The largest there is. */
const ZSTD_WINDOW_LOG = 31;
/** fzstd 0.1.1 gives wrong bytes where windows are larger. */
const FZSTD_WINDOW = 1 << 26;

/** How compressed files start; no text does. */
const MAGIC = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd] };
export const MAGIC_BYTES = 4;

/** How a file is compressed, by its name or by its first bytes. */
export function compressionOf(name: string, head: Uint8Array): Compression | undefined {
  if (name.endsWith(".gz") || startsWith(head, MAGIC.gzip)) return "gzip";
  if (name.endsWith(".zst") || startsWith(head, MAGIC.zstd)) return "zstd";
  return undefined;
}

/** Whether more bytes may tell that a file is compressed. */
export function isUndecided(head: Uint8Array): boolean {
  return Object.values(MAGIC).some(
    (magic) => head.length < magic.length && startsWith(head, magic.slice(0, head.length)),
  );
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/**
 * The bytes of a compressed file, or of several that stand one behind the other.
 *
 * @throws BertieError "input/compression" where it is broken, or ends too early
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  fileName: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* compression === "gzip" ? gunzip(chunks) : unzstd(chunks, fileName);
  } catch (cause) {
    if (!isAboutData(cause)) throw cause;
    const text = `${fileName}: cannot be decompressed as ${compression} (${cause.message}); the file is damaged or cut off`;
    throw new BertieError("input/compression", text, { cause });
  }
}

function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // Whoever reads learns of errors.
  return pipeline(Readable.from(chunks), zlib.createGunzip({ chunkSize: OUT_BYTES }), () => {});
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>, fileName: string): AsyncGenerator<Uint8Array> {
  for await (const frame of zstdFrames(chunks)) {
    // Frame by frame: of several, node:zlib's reader (Node 24.21) gives the first alone, and Deno's (2.9) minds no missing end.
    yield* "createZstdDecompress" in zlib
      ? unzstdNatively(frame, zlib as unknown as ZlibWithZstd)
      : unzstdByFzstd(frame, fileName);
  }
}

/** Node has it since 22.15; its types for 20 do not know it. */
interface ZlibWithZstd {
  createZstdDecompress(options: object): Transform;
  readonly constants: { readonly ZSTD_d_windowLogMax: number };
}

function unzstdNatively({ pieces }: ZstdFrame, { createZstdDecompress, constants }: ZlibWithZstd) {
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
  return pipeline(Readable.from(pieces), createZstdDecompress({ params, chunkSize: OUT_BYTES }), () => {});
}

async function* unzstdByFzstd({ windowBytes, pieces }: ZstdFrame, fileName: string): AsyncGenerator<Uint8Array> {
  if (windowBytes > FZSTD_WINDOW) {
    const needs = `was compressed with a window of ${Math.round(windowBytes / 2 ** 20)} MiB, which takes Node 22.15 or later`;
    throw new BertieError("input/compression", `${fileName}: ${needs}, or zstd -dc and a pipe`);
  }
  const { Decompress } = await import("fzstd");
  let out: Uint8Array[] = [];
  const stream = new Decompress((part) => {
    if (part.length > 0) out.push(part.slice());
  });
  for await (const piece of pieces) {
    stream.push(piece);
    yield* out;
    out = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* out;
}

/** Errors of zlib have a code of its own kind, those of fzstd a number; all else is not about what is in the file. */
function isAboutData(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  if (!(error instanceof Error)) return false;
  return error instanceof ZstdFault || typeof code === "number" || /^(Z_|ZSTD_|ERR_ZSTD)/.test(String(code));
}
