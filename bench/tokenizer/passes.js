// Times a contestant's passes over a corpus. Runs in Node, in Deno and in a page.

export const LINE_FEED = 10;

/** The corpus as a contestant takes it: as it is, or as a string a line, each with characters of its own. */
export function inputOf(contestant, bytes) {
  if (contestant.takes === "bytes") return bytes;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    texts.push(decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end)));
    start = end < 0 ? bytes.length : end + 1;
  }
  return contestant.prepare?.(texts) ?? texts;
}

/** Seconds of every pass, and the last one's result. */
async function timePasses(contestant, tokenizer, input, count) {
  const seconds = [];
  let result;
  for (let pass = 0; pass < count; pass++) {
    const start = performance.now();
    result = await contestant.encode(tokenizer, input, result);
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, result };
}

/** The ids of all rows, -1 behind each, and how many there are without those. */
export function flatten(contestant, result) {
  const rows = Array.from(contestant.rows(result));
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

/** A job's answer: see contestants.js. */
export async function timeJob(contestant, tokenizer, input, { passes, hash }) {
  const { seconds, result } = await timePasses(contestant, tokenizer, input, passes);
  const { ids, tokens } = flatten(contestant, result);
  return { seconds, tokens, sha256: hash ? await sha256(ids) : undefined };
}
