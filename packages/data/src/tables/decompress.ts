import { BertieError } from "@bertie/common";
import { MAX_FZSTD_WINDOW, unzstdFrame } from "../records/unzstd-frame.ts";
import { ZstdFault, zstdFrames } from "../records/zstd-frames.ts";

/** Compression of a file. */
export type Compression = "none" | "gzip" | "zstd";

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
  for await (const frame of zstdFrames(chunks)) {
    if (frame.windowBytes > MAX_FZSTD_WINDOW) {
      const problem = `expected a zstd window of at most 64 MiB, found ${Math.round(frame.windowBytes / 2 ** 20)} MiB`;
      throw new BertieError("input/compression", `${name}: ${problem}. Decompress the file first, with "zstd -d".`);
    }
    yield* unzstdFrame(frame);
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
