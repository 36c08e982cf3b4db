import { isUtf8 } from "node:buffer";
import { RecordFault } from "@bertie/data/records";
import type { BufferPool } from "@bertie/tokenizer-wasm/stream";
import type { Packed } from "./formats/packed.ts";

const LINE_FEED = 0x0a;
const TAB = 0x09;

/** Lines without their keys, and the keys. */
export interface KeyedLines {
  /** The rest of each line after its key, with the line feeds. */
  readonly texts: Uint8Array;
  /** The key of each line, with the tab after it. */
  readonly keys: readonly Uint8Array[];
}

/**
 * Separates the first fields of each line, which are its key, from its text.
 *
 * @param fields number of tab-separated fields in a key
 * @throws RecordFault "input/short-row" for a line with fewer tabs
 */
export function splitKeys(bytes: Uint8Array, fields: number): KeyedLines {
  const texts = new Uint8Array(bytes.length);
  const keys: Uint8Array[] = [];
  let length = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found + 1;
    let text = start;
    for (let field = 0; field < fields; field++) {
      const tab = bytes.indexOf(TAB, text);
      if (tab < 0 || tab >= end) throw new RecordFault("input/short-row", missingTabs(field, fields), keys.length);
      text = tab + 1;
    }
    keys.push(bytes.slice(start, text));
    texts.set(bytes.subarray(text, end), length);
    length += end - text;
    start = end;
  }
  return { texts: texts.subarray(0, length), keys };
}

/** Returns the message for a line with fewer tabs than its key requires. */
export function missingTabs(tabs: number, fields: number): string {
  return `found ${tabs} tab${tabs === 1 ? "" : "s"}, but --key-fields ${fields} requires ${fields} before the text. Fix the line.`;
}

/** Returns the keys of the lines whose text is valid UTF-8. */
export function keysOfValidLines({ texts, keys }: KeyedLines): readonly Uint8Array[] {
  let start = 0;
  return keys.filter(() => {
    const found = texts.indexOf(LINE_FEED, start);
    const line = texts.subarray(start, found < 0 ? texts.length : found);
    start += line.length + 1;
    return isUtf8(line);
  });
}

/** Writes a key before each line of the packed output. */
export function withKeys({ data }: Packed, keys: readonly Uint8Array[], pool: BufferPool): Packed {
  const size = keys.reduce((sum, key) => sum + key.length, data.length);
  const out = new Uint8Array(pool.acquire(size));
  let [from, at] = [0, 0];
  for (const key of keys) {
    out.set(key, at);
    const line = data.subarray(from, data.indexOf(LINE_FEED, from) + 1);
    out.set(line, at + key.length);
    at += key.length + line.length;
    from += line.length;
  }
  pool.release(data.buffer);
  return { data: out.subarray(0, at) };
}
