// Tokenizes a file of any size, or stdin, one row per line: node examples/dist/tokenize-stream.js [VOCABULARY] [FILE]
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { BertTokenizer, type Lines } from "bertie";

const [vocabulary = "examples/models/bge-small-zh-v1.5/vocab.txt", file] = process.argv.slice(2);
const tokenizer = await BertTokenizer.fromVocab(await readFile(vocabulary), { lowercase: true });
const input = file === undefined ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });

const start = performance.now();
let [bytes, rows, tokens] = [0, 0, 0];
let reuse: Lines | undefined;
let rest: Uint8Array = new Uint8Array();

for await (const chunk of input as AsyncIterable<Buffer>) {
  bytes += chunk.length;
  const text = Buffer.concat([rest, chunk]);
  const end = text.lastIndexOf("\n") + 1; // The last line may continue in the next chunk.
  encode(text.subarray(0, end));
  rest = text.subarray(end);
}
encode(rest);

const seconds = (performance.now() - start) / 1000;
console.log(`${rows} lines, ${tokens} tokens, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s`);

function encode(lines: Uint8Array): void {
  // The arrays of the previous chunk are reused, which avoids allocations.
  reuse = tokenizer.encodeLines(lines, { maxLength: 512, reuse });
  // The ids of row r are reuse.ids.subarray(reuse.rowOffsets[r], reuse.rowOffsets[r + 1]), until the next call.
  rows += reuse.rowOffsets.length - 1;
  tokens += reuse.ids.length;
}
