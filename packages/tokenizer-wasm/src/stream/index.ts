export { type BufferPool, createBufferPool } from "./buffer-pool.ts";
export { type BufferReuse, encodeInWorkers } from "./encode-in-workers.ts";
export {
  createRecordStream,
  type Head,
  LONGEST_RECORD,
  type NumberedBlock,
  type RecordStream,
  type RecordStreamOptions,
} from "./record-stream.ts";
export { type BlockServer, serveBlocks, type WorkerPort } from "./serve-blocks.ts";
export { openWorkerPort, startThread } from "./threads.ts";
export {
  type Answer,
  createWorkerPool,
  type PoolWorker,
  type SetupMessage,
  type Task,
  type Thread,
  type WorkerPool,
} from "./worker-pool.ts";
