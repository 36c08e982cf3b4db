import { BertieError, createIdleLimit } from "@bertie/common";
import type { Connection } from "./connection.ts";
import { changed, failureOf, notReached } from "./failures.ts";
import { conditionOf, isSameVersion, rangeOf, type Version, versionOf } from "./file-version.ts";
import { chunksOf } from "./response-body.ts";
import { withRetries } from "./retry.ts";
import type { StoreSettings } from "./store-options.ts";

/** Size of the first range that is requested ahead; the size doubles up to {@link LARGEST_RANGE}. */
const FIRST_RANGE = 1 << 20;
const LARGEST_RANGE = 1 << 23;
/** Number of ranges that are requested at the same time. */
const RANGES_AHEAD = 4;
/** Size of the chunks of a stream. Consumers copy the rest of a chunk, so large chunks would be copied several times. */
const CHUNK_BYTES = 1 << 18;

/** A file of a known version, on a server that supports ranges. */
export interface RangeReader extends Connection {
  readonly settings: StoreSettings;
  readonly version: Version;
}

/**
 * Reads a range, and requests the missing bytes again after an interruption.
 *
 * @param memory memory for the bytes
 */
export async function readRange(
  reader: RangeReader,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
  memory = new ArrayBuffer(to - from),
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(memory, 0, to - from);
  let filled = 0;
  await withRetries(reader.settings, signal, async (onProgress) => {
    if (filled === bytes.length) return;
    const limit = createIdleLimit(reader.settings.timeoutMs);
    try {
      const response = await requestRange(reader, from + filled, to, anySignal(limit.signal, signal));
      for await (const chunk of chunksOf(response)) {
        if (filled + chunk.length > bytes.length) throw changed(reader.name);
        bytes.set(chunk, filled);
        filled += chunk.length;
        limit.restart();
        onProgress();
      }
      if (filled < bytes.length) throw new Error("the connection ended early");
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof BertieError) throw cause;
      throw notReached(reader.name, limit.signal.aborted ? limit.signal.reason : cause);
    } finally {
      limit.stop();
    }
  });
  return bytes;
}

async function requestRange(reader: RangeReader, from: number, to: number, signal: AbortSignal): Promise<Response> {
  const { name, version } = reader;
  const response = await reader.get({ range: `bytes=${from}-${to - 1}`, ...conditionOf(version) }, signal);
  const { status } = response;
  if (!response.ok && status !== 412 && status !== 416) throw await failureOf(response, name);
  const range = rangeOf(response);
  if (status === 206 && range?.from === from && range.to === to && isSameVersion(version, versionOf(response)))
    return response;
  await response.body?.cancel();
  throw changed(name);
}

/** Range of a stream; see `RemoteRange`. */
export interface RangeRequest {
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal | undefined;
  readonly reusesMemory: boolean;
}

/** Reads a range as a stream, of which the next parts are requested ahead. `head` contains the first bytes of the file, if they are known. */
export async function* streamRange(
  reader: RangeReader,
  head: Uint8Array = new Uint8Array(0),
  { from, to, signal, reusesMemory }: RangeRequest,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const headEnd = Math.min(head.length, to);
  // Nothing is requested ahead until the consumer has read the head, which often is all that it needs.
  if (from < headEnd) yield head.subarray(from, headEnd);
  const controller = new AbortController();
  const combined = anySignal(controller.signal, signal);
  const ahead: Promise<Uint8Array<ArrayBuffer>>[] = [];
  let requested = Math.max(from, headEnd);
  let size = FIRST_RANGE;
  const free: ArrayBuffer[] = [];
  const requestMore = () => {
    while (ahead.length < RANGES_AHEAD && requested < to) {
      const end = Math.min(requested + size, to);
      const memory = reusesMemory ? (free.pop() ?? new ArrayBuffer(LARGEST_RANGE)) : undefined;
      const range = readRange(reader, requested, end, combined, memory);
      // An error is thrown when the range is awaited, or never if the consumer stops before.
      range.catch(() => undefined);
      ahead.push(range);
      requested = end;
      size = Math.min(2 * size, LARGEST_RANGE);
    }
  };
  try {
    for (requestMore(); ahead.length > 0; requestMore()) {
      const bytes = await ahead.shift()!;
      requestMore();
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
      if (reusesMemory) free.push(bytes.buffer);
    }
  } finally {
    controller.abort();
  }
}

/** Returns a signal that aborts with the first of two signals. */
export function anySignal(first: AbortSignal, second: AbortSignal | undefined): AbortSignal {
  return second === undefined ? first : AbortSignal.any([first, second]);
}
