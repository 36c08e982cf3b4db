import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { expect, it } from "vitest";
import { encodeStream } from "./corpus.ts";

const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc\n好", { lowercase: true });

/** Streams bytes in chunks of the given size, like the stream of a file. */
async function* streamOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

it.each([
  ["small chunks", "a b 好\n\nc\n".repeat(300_000), 65_537],
  ["no line feed at the end", "a b\nc", 2],
  ["one line", "好 a ".repeat(400_000), 65_536],
  ["an empty text", "", 10],
])("encodeStream() yields the rows of the complete text: %s", async (_, text, chunk) => {
  const bytes = new TextEncoder().encode(text);
  const whole = tokenizer.encodeLines(bytes);
  let [rows, tokens, total] = [0, 0, 0];
  for await (const { lines, bytes: size } of encodeStream(tokenizer, streamOf(bytes, chunk), {})) {
    for (let row = 0; row + 1 < lines.rowOffsets.length; row++, rows++)
      if (whole.rowOffsets[rows]! !== tokens + lines.rowOffsets[row]!)
        throw new Error(`row ${rows} starts at another token`);
    if (lines.ids.some((id, i) => id !== whole.ids[tokens + i])) throw new Error(`different ids after token ${tokens}`);
    tokens += lines.ids.length;
    total += size;
  }
  expect([rows, tokens, total]).toEqual([whole.rowOffsets.length - 1, whole.ids.length, bytes.length]);
});
