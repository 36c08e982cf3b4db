import { parentPort, workerData } from "node:worker_threads";
import { BertTokenizer, init } from "@bertie/tokenizer-wasm";
import { createBufferPool } from "./buffer-pool.ts";
import { createBlockEncoder } from "./encode-block.ts";
import { buffersOf } from "./encode-in-main-thread.ts";
import { createBlockReader } from "./file-block.ts";
import type { Answer, Task, WorkerSetup } from "./worker-pool.ts";

// Worker thread with its own tokenizer. It receives blocks, and returns encoded blocks and buffers to reuse.
const port = parentPort!;
const pool = createBufferPool();
// Starts the module that the main thread compiled. A failure is reported when the tokenizer is created.
init(workerData as WebAssembly.Module).catch(() => {});

port.once("message", ({ vocab, options, addedTokens, settings }: WorkerSetup) => {
  const encoder = BertTokenizer.fromVocab(vocab, options, addedTokens).then((tokenizer) =>
    createBlockEncoder(settings, { tokenizer, reader: createBlockReader(), pool }),
  );
  port.on("message", async ({ block, buffers }: Task) => {
    const encode = await encoder;
    for (const buffer of buffers) pool.release(buffer);
    const encoded = encode(block);
    const answer: Answer = { encoded, buffers: block.kind === "stream" ? [block.bytes.buffer] : [] };
    port.postMessage(answer, [...answer.buffers, ...buffersOf(encoded)]);
  });
});
