import { createHash, type Hash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { createBlockReader, type FileStretch } from "./file-block.ts";
import { startWorker } from "./start-worker.ts";

/** The next bytes of what goes by a key: a stretch of a file, which stays as it is until the digest is there. */
export interface Stretch extends FileStretch {
  readonly key: string;
}

/** What a worker is asked and answers. */
export type HashRequest = Stretch | { readonly digestOf: string };
export interface HashAnswer {
  readonly digestOf: string;
  readonly sha256: string;
}

/** SHA-256 of files, by a thread of its own, as it reads them: the thread that writes or encodes them goes on. */
export interface FileHashes {
  add(stretch: Stretch): void;
  /** The hash of all that was added for a key, in hexadecimal. */
  digest(key: string): Promise<string>;
  close(): Promise<void>;
}

/** A thread is worth its start from so many bytes on. */
const BYTES_FOR_A_THREAD = 1 << 24;

export function createFileHashes(): FileHashes {
  /** What is to be hashed, as long as there is no thread. */
  const queue: Stretch[] = [];
  let queued = 0;
  let worker: Worker | undefined;
  let failure: Error | undefined;
  const waiting = new Map<string, { resolve(sha256: string): void; reject(error: Error): void }>();

  function start(): Worker {
    const started = startWorker("hash-worker", undefined);
    started.on("message", ({ digestOf, sha256 }: HashAnswer) => waiting.get(digestOf)?.resolve(sha256));
    started.on("error", (error: Error) => {
      failure = error;
      for (const { reject } of waiting.values()) reject(error);
    });
    for (const stretch of queue.splice(0)) started.postMessage(stretch);
    return started;
  }

  return {
    add(stretch) {
      queued += stretch.to - stretch.from;
      if (queued >= BYTES_FOR_A_THREAD) worker ??= start();
      if (worker === undefined) queue.push(stretch);
      else worker.postMessage(stretch);
    },
    async digest(key) {
      if (failure !== undefined) throw failure;
      if (worker === undefined) return digestHere(queue.filter((stretch) => stretch.key === key));
      const answer = new Promise<string>((resolve, reject) => waiting.set(key, { resolve, reject }));
      worker.postMessage({ digestOf: key });
      return answer;
    },
    async close() {
      await worker?.terminate();
    },
  };
}

/** Hashes stretches as they come, under several keys. */
export function createStretchHasher() {
  const hashes = new Map<string, Hash>();
  const reader = createBlockReader();
  const hashOf = (key: string) => {
    const hash = hashes.get(key) ?? createHash("sha256");
    hashes.set(key, hash);
    return hash;
  };
  return {
    add: (stretch: Stretch) => void hashOf(stretch.key).update(reader.stretch(stretch)),
    digest: (key: string): string => hashOf(key).digest("hex"),
    close: reader.close,
  };
}

function digestHere(stretches: readonly Stretch[]): string {
  const hasher = createStretchHasher();
  for (const stretch of stretches) hasher.add({ ...stretch, key: "" });
  hasher.close();
  return hasher.digest("");
}
