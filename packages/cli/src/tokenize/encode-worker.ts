import { parentPort } from "node:worker_threads";
import { BertTokenizer, init } from "@bertie/tokenizer-wasm";
import { createBufferPool } from "./buffer-pool.ts";
import { createBlockEncoder } from "./encode-block.ts";
import { buffersOf } from "./encode-here.ts";
import { createBlockReader } from "./file-block.ts";
import type { Answer, Task, WorkerSetup } from "./worker-pool.ts";

/** The thread's tokenizer is its own; blocks come in, and go out encoded, with all the buffers that hold them. */
const port = parentPort!;
const pool = createBufferPool();
// It will be needed, and a fault will show then.
init().catch(() => {});

port.once("message", ({ vocab, lowercase, settings }: WorkerSetup) => {
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
});
