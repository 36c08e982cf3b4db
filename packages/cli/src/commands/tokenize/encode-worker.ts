import { parentPort, workerData } from "node:worker_threads";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { createBufferPool } from "./buffer-pool.ts";
import { createBlockEncoder } from "./encode-block.ts";
import { buffersOf } from "./encode-here.ts";
import type { Answer, Task, WorkerSetup } from "./encode-in-threads.ts";
import { createBlockReader } from "./file-block.ts";

/** The thread's tokenizer is its own; blocks come in, and go out encoded, with all the buffers that hold them. */
const { vocab, lowercase, settings } = workerData as WorkerSetup;
const port = parentPort!;
const pool = createBufferPool();
const encoder = BertTokenizer.fromVocab(vocab, { lowercase }).then((tokenizer) =>
  createBlockEncoder(settings, { tokenizer, reader: createBlockReader(), pool }),
);

port.on("message", async ({ block, buffers }: Task) => {
  const encode = await encoder;
  for (const buffer of buffers) pool.give(buffer);
  const encoded = encode(block);
  const answer: Answer = { encoded, buffers: block.kind === "stream" ? [block.bytes.buffer] : [] };
  port.postMessage(answer, [...answer.buffers, ...buffersOf(encoded)]);
});
