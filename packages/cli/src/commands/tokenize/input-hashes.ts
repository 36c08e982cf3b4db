import { createHash, type Hash } from "node:crypto";
import type { FileBlock } from "./block.ts";
import { startWorker } from "./start-worker.ts";

/** A stretch of a file, to be hashed elsewhere. */
export type Stretch = Pick<FileBlock, "input" | "path" | "from" | "to">;

/** SHA-256 of the inputs, as far as they are read. */
export interface InputHashes {
  /** The next bytes of an input, as they are stored. */
  update(input: number, bytes: Uint8Array): void;
  /** The next stretch of a file. */
  updateFromFile(stretch: Stretch): void;
  /** The hashes in hexadecimal, by input; undefined for inputs of which nothing was read. */
  digests(): Promise<Map<number, string>>;
  close(): Promise<void>;
}

/** Hashes: files in a thread of their own, or here, as `update` is told of them. */
export function createInputHashes(inThread: boolean): InputHashes {
  const here = createHashes();
  const worker = inThread ? startWorker("hash-worker", undefined) : undefined;
  const theirs = new Promise<Map<number, string>>((resolve, reject) => {
    worker?.on("message", resolve);
    worker?.on("error", reject);
    if (worker === undefined) resolve(new Map());
  });
  theirs.catch(() => {}); // until somebody asks
  return {
    update: here.update,
    updateFromFile: (stretch) => worker?.postMessage(stretch),
    async digests() {
      worker?.postMessage("digests");
      return new Map([...here.digests(), ...(await theirs)]);
    },
    async close() {
      await worker?.terminate();
    },
  };
}

/** Several hashes side by side. */
export function createHashes() {
  const hashes = new Map<number, Hash>();
  return {
    update(input: number, bytes: Uint8Array): void {
      const hash = hashes.get(input) ?? createHash("sha256");
      hashes.set(input, hash.update(bytes));
    },
    digests: (): Map<number, string> => new Map([...hashes].map(([input, hash]) => [input, hash.digest("hex")])),
  };
}
