import type { RemoteFile } from "@bertie/stores";

const LINE_FEED = 0x0a;
/** Number of bytes to read first after the end of a part: enough to complete the last line in most cases. */
const TAIL = 1 << 14;

/**
 * Reads a part of a remote file from `start` to the end of the line that is under way at the end of the part.
 *
 * @param onRead receives the bytes that belong to the part
 */
export async function* readRemotePart(
  remote: RemoteFile,
  start: number,
  { from, to }: { readonly from: number; readonly to: number },
  { onRead, signal }: { readonly onRead: (bytes: Uint8Array) => void; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let at = start;
  let last: number | undefined;
  for await (const chunk of remote.stream({ from: start, to, signal, reusesMemory: true })) {
    onRead(chunk.subarray(Math.max(0, from - at)));
    at += chunk.length;
    last = chunk.at(-1);
    yield chunk;
  }
  for (let length = TAIL; last !== LINE_FEED && at < remote.size!; length *= 2) {
    const chunk = await remote.read(at, Math.min(at + length, remote.size!));
    const end = chunk.indexOf(LINE_FEED) + 1;
    const rest = end === 0 ? chunk : chunk.subarray(0, end);
    at += rest.length;
    last = rest.at(-1);
    yield rest;
  }
}
