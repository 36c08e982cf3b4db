// POST / with text, one per line, answers one line of JSON per line: {"ids": […], "tokens": […]}.
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import vocabulary from "../../models/bge-small-zh-v1.5/vocab.txt";

const MAX_BYTES = 1_000_000;
const options = { maxLength: 512 };

// Requests of the same isolate share the tokenizer.
let loading: Promise<BertTokenizer> | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return new Response("Send text with POST, one text per line.\n", { status: 405 });
    const bytes = await request.arrayBuffer();
    if (bytes.byteLength > MAX_BYTES) return new Response(`Send at most ${MAX_BYTES} bytes.\n`, { status: 413 });
    loading ??= BertTokenizer.fromVocab(vocabulary, { lowercase: true });
    const tokenizer = await loading;
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/).filter(Boolean);
    const rows = lines.map((line) => {
      const { ids, tokens } = tokenizer.encode(line, options);
      return `${JSON.stringify({ ids: [...ids], tokens })}\n`;
    });
    return new Response(rows.join(""), { headers: { "content-type": "application/x-ndjson" } });
  },
};
