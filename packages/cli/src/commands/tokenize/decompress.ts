import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import { BertieError } from "@bertie/common";

export type Compression = "gzip" | "zstd";

/** Frames of zstd hold windows of up to 2 GiB; this is what `zstd --long` makes without asking its readers for more. */
const ZSTD_WINDOW_LOG = 27;
/** Little enough that what comes out of one push does not fill memory, however well it was compressed. */
const PUSHED_AT_A_TIME = 1 << 12;

/** How a file is compressed, by its name or by its first bytes; neither can begin a text. */
export function compressionOf(name: string, head: Uint8Array): Compression | undefined {
  if (name.endsWith(".gz") || (head[0] === 0x1f && head[1] === 0x8b)) return "gzip";
  if (name.endsWith(".zst") || [0x28, 0xb5, 0x2f, 0xfd].every((byte, i) => head[i] === byte)) return "zstd";
  return undefined;
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
    yield* compression === "gzip"
      ? through(chunks, zlib.createGunzip({ chunkSize: 1 << 18 }))
      : "createZstdDecompress" in zlib
        ? through(chunks, nativeZstd())
        : unzstd(chunks);
  } catch (cause) {
    if (!isAboutData(cause)) throw cause;
    const text = `${fileName}: cannot be decompressed as ${compression} (${cause.message}); the file is damaged or cut off`;
    throw new BertieError("input/compression", text, { cause });
  }
}

/** Node has it since 22.15, and its types for 20 do not know it. */
function nativeZstd(): Transform {
  const { createZstdDecompress, constants } = zlib as unknown as {
    createZstdDecompress(options: object): Transform;
    constants: { ZSTD_d_windowLogMax: number };
  };
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG }, chunkSize: 1 << 18 });
}

function through(chunks: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(chunks), transform, () => {}); // whoever reads learns of errors
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  let out: Uint8Array[] = [];
  const stream = new Decompress((part) => {
    if (part.length > 0) out.push(part.slice());
  });
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PUSHED_AT_A_TIME) {
      stream.push(chunk.subarray(at, at + PUSHED_AT_A_TIME));
      yield* out;
      out = [];
    }
  }
  stream.push(new Uint8Array(0), true);
  yield* out;
}

/** Errors of zlib have a code of its own kind, those of fzstd a number; all else is not about what is in the file. */
function isAboutData(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && (typeof code === "number" || /^(Z_|ZSTD_|ERR_ZSTD)/.test(String(code)));
}
