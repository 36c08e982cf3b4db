import { BertieError } from "@bertie/common";
import { ZstdFault, zstdFrames } from "../records/zstd-frames.ts";

/** Compression of a file. */
export type Compression = "none" | "gzip" | "zstd";

/** Maximum window size in bytes: fzstd 0.1.1 decompresses data with larger windows incorrectly. */
const MAX_ZSTD_WINDOW = 1 << 26;

/** Returns the compression of a file according to its first four bytes. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return isZstd ? "zstd" : "none";
}

/**
 * Decompresses a stream.
 *
 * @throws BertieError "input/compression" if the data is damaged or truncated
 */
export async function* decompressStream(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
): AsyncGenerator<Uint8Array> {
  try {
    if (compression === "gzip") yield* gunzip(chunks);
    else if (compression === "zstd") yield* unzstd(chunks, name);
    else yield* chunks;
  } catch (cause) {
    if (compression === "none" || !isDataError(cause)) throw cause;
    const problem = `cannot be decompressed as ${compression} (${cause.message})`;
    const text = `${name}: ${problem}. The file is damaged or truncated. Copy or download it again.`;
    throw new BertieError("input/compression", text, { cause });
  }
}

async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  // ReadableStream.from() is missing in some browsers.
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const reader = input.pipeThrough(new DecompressionStream("gzip")).getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  for await (const { windowBytes, pieces } of zstdFrames(chunks)) {
    if (windowBytes > MAX_ZSTD_WINDOW) {
      const problem = `expected a zstd window of at most 64 MiB, found ${Math.round(windowBytes / 2 ** 20)} MiB`;
      throw new BertieError("input/compression", `${name}: ${problem}. Decompress the file first, with "zstd -d".`);
    }
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
}

/** Returns whether invalid data caused an error, rather than the source of the data. */
function isDataError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof BertieError) return false;
  const { code } = error as { readonly code?: unknown };
  return (
    error instanceof ZstdFault || error instanceof TypeError || typeof code === "number" || /^Z_/.test(String(code))
  );
}
