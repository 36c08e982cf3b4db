import { BertieError, concatenate, createIdleLimit } from "@bertie/common";
import { type Connection, createConnection } from "./connection.ts";
import { changed, failureOf, notReached } from "./failures.ts";
import { isSameVersion, rangeOf, type Version, versionOf } from "./file-version.ts";
import { anySignal, type RangeReader, readRange, streamRange } from "./ranges.ts";
import { chunksOf } from "./response-body.ts";
import { withRetries } from "./retry.ts";
import { type RequestOptions, storeSettings } from "./store-options.ts";

/** Number of bytes that are read when a file is opened. */
const HEAD_BYTES = 1 << 18;

/** Byte range of a stream, and a signal that ends it. */
export interface RemoteRange {
  /** First byte. @default 0 */
  readonly from?: number;
  /** Byte after the last one. @default the size of the file */
  readonly to?: number;
  /** Signal that stops reading, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether chunks are valid only until the next one is requested, which takes less memory and time. @default false */
  readonly reusesMemory?: boolean;
}

/** File on a store or an HTTP server. */
export interface RemoteFile {
  /** Location without a query and a password, for messages and manifests. */
  readonly name: string;
  /** Size in bytes; undefined if the server does not report it. */
  readonly size: number | undefined;
  /** ETag, or else the time of the last change; undefined if the server reports neither. */
  readonly version: string | undefined;
  /** Whether any byte range can be read, and whether an interrupted stream is resumed. */
  readonly hasRanges: boolean;
  /** Returns the first bytes: 256 KiB, or the whole file if it is shorter. They are requested again if memory is short. */
  head(): Promise<Uint8Array>;
  /**
   * Reads a range at once.
   *
   * @throws BertieError "store/no-ranges" if the server cannot send ranges; the errors of {@link RemoteFile.stream}
   */
  read(from: number, to: number): Promise<Uint8Array>;
  /**
   * Reads the file or a range as a stream. Up to 32 MiB are requested ahead, in parallel. After an interruption, the stream
   * resumes at the first missing byte.
   *
   * @throws BertieError "store/changed" if the file was replaced in the meantime, "store/no-ranges" if a connection was
   *   interrupted and the server cannot send the rest, or the errors of {@link openRemoteFile}
   */
  stream(range?: RemoteRange): AsyncGenerator<Uint8Array>;
}

/**
 * Opens a file at `s3://bucket/key`, `https://…` or `http://…`.
 *
 * @throws BertieError "input/missing-file" if the file does not exist
 * @throws BertieError "store/location" if the location is invalid, "store/setting" or "store/credentials" if the environment is
 * @throws BertieError "store/denied", "store/rejected", "store/unavailable" or "store/not-reached" if the server does not send it
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { openRemoteFile } from "@bertie/stores";
 *
 * const server = createServer((_, response) => response.end("one\ntwo\n")).listen(8731);
 * const file = await openRemoteFile("http://localhost:8731/texts.txt");
 * for await (const bytes of file.stream()) console.log(bytes.length); // 8
 * server.close();
 * ```
 */
export async function openRemoteFile(location: string, options: RequestOptions = {}): Promise<RemoteFile> {
  const settings = await storeSettings(options);
  const connection = await createConnection(location, settings);
  const { name } = connection;
  const { signal: ofProgram } = options;
  const first = await withRetries(settings, ofProgram, () => probe(connection, settings, ofProgram));
  const { version, size, hasRanges } = first;
  const reader: RangeReader = { ...connection, settings, version };
  // A program may open thousands of files before it reads them.
  let cached = new WeakRef(first.head);

  async function head(): Promise<Uint8Array> {
    const kept = cached.deref();
    if (kept !== undefined) return kept;
    const again = await withRetries(settings, ofProgram, () => probe(connection, settings, ofProgram));
    if (again.size !== size || !isSameVersion(version, again.version)) throw changed(name);
    cached = new WeakRef(again.head);
    return again.head;
  }

  async function* streamOnce(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const kept = cached.deref();
    if (kept !== undefined && kept.length === size) {
      yield kept;
      return;
    }
    let count = 0;
    let limit = createIdleLimit(settings.timeoutMs);
    try {
      const response = await withRetries(settings, signal, async () => {
        // Each attempt has its own limit, because a signal that has aborted would end the next one at once.
        limit.stop();
        limit = createIdleLimit(settings.timeoutMs);
        const attempt = await connection.get({}, anySignal(limit.signal, signal));
        if (!attempt.ok) throw await failureOf(attempt, name);
        return attempt;
      });
      if (!isSameVersion(version, versionOf(response))) throw changed(name);
      for await (const chunk of chunksOf(response)) {
        limit.stop();
        count += chunk.length;
        yield chunk;
        limit.restart();
      }
      if (size !== undefined && count !== size) throw new Error(`the connection ended after ${count} of ${size} bytes`);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof BertieError) throw cause;
      const reason = limit.signal.aborted ? "no response in time" : cause instanceof Error ? cause.message : "unknown";
      const text = `${name}: the download was interrupted (${reason}), and the server cannot send the rest. Download the file, or try again.`;
      throw new BertieError("store/no-ranges", text, { cause });
    } finally {
      limit.stop();
    }
  }

  return {
    ...{ name, size, version: version.etag ?? version.modified, hasRanges, head },
    async read(from, to) {
      const kept = cached.deref();
      if (kept !== undefined && to <= kept.length) return kept.subarray(from, to);
      if (hasRanges) return readRange(reader, from, to, undefined);
      throw noRanges(name);
    },
    async *stream({ from = 0, to = size, signal, reusesMemory = false } = {}) {
      if (hasRanges && to !== undefined) yield* streamRange(reader, cached.deref(), { from, to, signal, reusesMemory });
      else if (from === 0 && to === size) yield* streamOnce(signal);
      else throw noRanges(name);
    },
  };
}

interface Probe {
  readonly head: Uint8Array;
  readonly version: Version;
  readonly size: number | undefined;
  readonly hasRanges: boolean;
}

/** Requests the start of a file, which also tells its size, its version, and whether the server supports ranges. */
async function probe(
  connection: Connection,
  { timeoutMs }: { readonly timeoutMs: number },
  signal: AbortSignal | undefined,
): Promise<Probe> {
  const { name } = connection;
  const limit = createIdleLimit(timeoutMs);
  try {
    const response = await connection.get({ range: `bytes=0-${HEAD_BYTES - 1}` }, anySignal(limit.signal, signal));
    // An empty file has no byte that a range could contain.
    if (response.status === 416 && /\/0$/.test(response.headers.get("content-range") ?? "")) {
      await response.body?.cancel();
      return { head: new Uint8Array(0), version: versionOf(response), size: 0, hasRanges: true };
    }
    if (!response.ok) throw await failureOf(response, name);
    const range = rangeOf(response);
    const length = response.headers.get("content-length");
    const encoded = response.headers.has("content-encoding");
    const whole = length === null || encoded ? undefined : Number(length);
    const size = response.status === 206 ? range?.size : whole;
    const { bytes: head, isComplete } = await firstBytes(response, limit.restart);
    const known = size ?? (isComplete && response.status !== 206 ? head.length : undefined);
    if (range !== undefined && head.length !== range.to - range.from) throw new Error("the connection ended early");
    const hasRanges = response.status === 206 && range?.from === 0 && size !== undefined;
    return { head, version: versionOf(response), size: known, hasRanges };
  } catch (cause) {
    throw cause instanceof BertieError ? cause : notReached(name, limit.signal.aborted ? limit.signal.reason : cause);
  } finally {
    limit.stop();
  }
}

function noRanges(name: string): BertieError {
  return new BertieError("store/no-ranges", `${name}: the server does not support byte ranges. Download the file.`);
}

async function firstBytes(response: Response, onProgress: () => void) {
  const parts: Uint8Array[] = [];
  let length = 0;
  let isComplete = true;
  for await (const chunk of chunksOf(response)) {
    onProgress();
    parts.push(chunk);
    length += chunk.length;
    if (length > HEAD_BYTES) {
      isComplete = false;
      break;
    }
  }
  return { bytes: concatenate(parts).subarray(0, HEAD_BYTES), isComplete };
}
