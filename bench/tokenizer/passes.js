// Measures the time of an implementation's passes over a corpus. Runs in Node, Deno and browsers.

export const LINE_FEED = 10;

/**
 * Returns the corpus in the form that the implementation accepts: bytes, or one string per line. Strings share no memory.
 */
export function inputOf(implementation, bytes) {
  if (implementation.takes === "bytes") return bytes;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    texts.push(decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end)));
    start = end < 0 ? bytes.length : end + 1;
  }
  return implementation.prepare?.(texts) ?? texts;
}

/** Returns the seconds that each pass took, and the last pass's result. */
async function timePasses(implementation, tokenizer, input, count) {
  const seconds = [];
  let result;
  for (let pass = 0; pass < count; pass++) {
    const start = performance.now();
    result = await implementation.encode(tokenizer, input, result);
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, result };
}

/** Returns the ids of all rows, each row followed by -1, and the number of ids without these markers. */
export function flatten(implementation, result) {
  const rows = Array.from(implementation.rows(result));
  const tokens = rows.reduce((sum, row) => sum + row.length, 0);
  const ids = new Int32Array(tokens + rows.length).fill(-1);
  let at = 0;
  for (const row of rows) {
    ids.set(row, at);
    at += row.length + 1;
  }
  return { ids, tokens };
}

export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the result of a job: see implementations.js. */
export async function timeJob(implementation, tokenizer, input, { passes, hash }) {
  const { seconds, result } = await timePasses(implementation, tokenizer, input, passes);
  const { ids, tokens } = flatten(implementation, result);
  return { seconds, tokens, sha256: hash ? await sha256(ids) : undefined };
}
