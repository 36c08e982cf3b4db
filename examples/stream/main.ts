// Tokenizes the response of a server while it arrives, in Node, Deno or Bun:
//   node examples/dist/stream/main.js URL [VOCABULARY] [WORKERS]
import { readFile } from "node:fs/promises";
import process from "node:process";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { summarize } from "./hash-ids.ts";

const [url, vocabulary = "examples/models/bge-small-zh-v1.5/vocab.txt", workers = "0"] = process.argv.slice(2);
if (url === undefined) throw new Error("pass the URL of a text");
const tokenizer = await BertTokenizer.fromVocab(await readFile(vocabulary), { lowercase: true });

const response = await fetch(url);
if (!response.ok || response.body === null) throw new Error(`${url}: status ${response.status}`);
const batches = response.body.pipeThrough(tokenizer.stream({ maxLength: 512, workers: Number(workers) }));
console.log(JSON.stringify(await summarize(batches)));
