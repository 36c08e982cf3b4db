import { BertTokenizer, init } from "@bertie/tokenizer-wasm";
import { createBufferPool, openWorkerPort, serveBlocks } from "@bertie/tokenizer-wasm/stream";
import type { Block, EncodedBlock } from "./block.ts";
import { createBlockEncoder } from "./encode-block.ts";
import { buffersOf } from "./encode-in-main-thread.ts";
import { blockBuffers, type WorkerSetup } from "./encode-pool.ts";
import { createBlockReader } from "./file-block.ts";

// Worker thread with its own tokenizer.
const pool = createBufferPool();

serveBlocks<WorkerSetup, Block, EncodedBlock>(await openWorkerPort(), {
  async open({ module, vocab, options, addedTokens, settings }) {
    await init(module);
    const tokenizer = await BertTokenizer.fromVocab(vocab, options, addedTokens);
    return createBlockEncoder(settings, { tokenizer, reader: createBlockReader(), pool });
  },
  blockBuffers,
  resultBuffers: buffersOf,
  pool,
});
