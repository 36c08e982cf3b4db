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
/** So much is asked for at a time: to wake another thread costs more than to hash a little. */
const BYTES_FOR_A_MESSAGE = 1 << 22;
/** So much is read at a time. */
const READ_BYTES = 1 << 20;

export function createFileHashes(): FileHashes {
  /** By key, what was added last and is to be hashed with what comes next. */
  const open = new Map<string, Stretch>();
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

  function send(stretch: Stretch): void {
    queued += stretch.to - stretch.from;
    if (queued >= BYTES_FOR_A_THREAD) worker ??= start();
    if (worker === undefined) queue.push(stretch);
    else worker.postMessage(stretch);
  }

  function sendRest(key: string): void {
    const rest = open.get(key);
    if (rest !== undefined) send(rest);
    open.delete(key);
  }

  return {
    add(stretch) {
      const before = open.get(stretch.key);
      const isNext = before?.path === stretch.path && before.to === stretch.from;
      if (before !== undefined && !isNext) sendRest(stretch.key);
      const joined = isNext ? { ...stretch, from: before.from } : stretch;
      open.set(stretch.key, joined);
      if (joined.to - joined.from >= BYTES_FOR_A_MESSAGE) sendRest(stretch.key);
    },
    async digest(key) {
      sendRest(key);
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
    add({ key, path, from, to }: Stretch): void {
      const hash = hashOf(key);
      for (let at = from; at < to; at += READ_BYTES)
        hash.update(reader.stretch({ path, from: at, to: Math.min(at + READ_BYTES, to) }));
    },
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
