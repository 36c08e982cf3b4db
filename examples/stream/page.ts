// Tokenizes the response of a server while it arrives, in a Web Worker, so that the page stays responsive.
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { summarize } from "./hash-ids.ts";

const form = document.querySelector("form")!;
const output = document.querySelector("output")!;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  output.textContent = "Tokenizing…";
  try {
    const result = await tokenize(String(fields.get("text")), String(fields.get("vocabulary")));
    output.textContent = JSON.stringify(result);
  } catch (error) {
    output.textContent = String(error);
  }
});

async function tokenize(url: string, vocabulary: string) {
  const vocab = await get(vocabulary);
  const tokenizer = await BertTokenizer.fromVocab(await vocab.text(), { lowercase: true });
  const { body } = await get(url);
  return summarize(read(body!.pipeThrough(tokenizer.stream({ maxLength: 512, workers: 1 }))));
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return response;
}

/** Reads a stream. Not all browsers can iterate over streams. */
async function* read<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
