import { byteChunks, type Chunks, memoryStorage, type Storage, type Workspace } from "@bertie/classifier";
import { BertieError, concatenate } from "@bertie/common";

/** Reason why a run is not saved: the storage is full, or the browser does not let the page store files. */
export type UnsavedReason = "full" | "none";

/** Storage that keeps a finished run in memory if the browser cannot store the run. */
export interface FallbackStorage extends Storage {
  /** Returns why the run in progress or the finished run is not saved; undefined if it is saved. */
  unsaved(): UnsavedReason | undefined;
}

/**
 * Wraps a storage, so that a run continues if the storage is full or not available. Checkpoints are then not written, the last
 * complete one is kept, and the finished run is only in memory, until the next run.
 */
export function fallbackStorage(storage: Storage): FallbackStorage {
  let memory: Storage | undefined;
  let reason: UnsavedReason | undefined;
  const readable = () => memory ?? storage;

  return {
    name: storage.name,
    read: (path) => readable().read(path),
    state: async () => (memory === undefined ? storage.state() : memory.state()),
    unfinished: {
      read: (path) => storage.unfinished.read(path),
      list: (folder) => storage.unfinished.list(folder),
      locate: (path) => storage.unfinished.locate(path),
    },
    unsaved: () => reason,
    async open(options) {
      memory = undefined;
      reason = undefined;
      try {
        const workspace = await storage.open(options);
        return fallbackWorkspace(workspace, storage.name, {
          full: () => (reason = "full"),
          keep: (finished) => (memory = finished),
        });
      } catch (error) {
        const why = reasonOf(error);
        if (why === undefined) throw error;
        reason = why;
        memory = memoryStorage(storage.name);
        return memory.open(options);
      }
    },
  };
}

interface Outcome {
  full(): void;
  keep(finished: Storage): void;
}

function fallbackWorkspace(workspace: Workspace, name: string, { full, keep }: Outcome): Workspace {
  /** Files of the finished run. They are written to the storage at the end, or kept in memory. */
  const files = new Map<string, Uint8Array[]>();
  let isFull = false;

  /** Runs an operation. Returns whether it succeeded; it fails only if the storage is full. */
  async function attempt(operation: () => Promise<void>): Promise<boolean> {
    try {
      await operation();
      return true;
    } catch (error) {
      if (reasonOf(error) === undefined) throw error;
      isFull = true;
      full();
      return false;
    }
  }

  return {
    name,
    ...(workspace.takenOverFrom !== undefined && { takenOverFrom: workspace.takenOverFrom }),
    locate: (path) => workspace.locate(path),
    files: () => [...files.keys()].sort(),
    async write(path, chunks) {
      files.set(path, [await bytesOf(chunks)]);
    },
    async append(path, contents) {
      const bytes = await bytesOf(contents);
      const parts = files.get(path);
      if (parts === undefined) files.set(path, [bytes]);
      else parts.push(bytes);
    },
    async read(path) {
      const parts = files.get(path);
      return parts === undefined ? workspace.read(path) : concatenate(parts);
    },
    list: (folder) => workspace.list(folder),
    async stage(folder, fill) {
      await attempt(() => workspace.stage(folder, fill));
    },
    async remove(folder) {
      // The checkpoints before one that could not be written are the only ones.
      if (isFull && folder.startsWith("checkpoints/")) return;
      await attempt(() => workspace.remove(folder));
    },
    checkTarget: (options) => workspace.checkTarget(options),
    async commit(options) {
      const isSaved = await attempt(async () => {
        for (const [path, parts] of files) await workspace.write(path, concatenate(parts));
        await workspace.commit(options);
      });
      if (isSaved) return;
      const finished = memoryStorage(name);
      const copy = await finished.open();
      for (const [path, parts] of files) await copy.write(path, concatenate(parts));
      await copy.commit(options);
      keep(finished);
      await workspace.close();
    },
    close: () => workspace.close(),
  };
}

function reasonOf(error: unknown): UnsavedReason | undefined {
  // Browsers also throw this error where the storage does not expect it, such as when a folder is opened.
  if (error instanceof DOMException && error.name === "QuotaExceededError") return "full";
  if (!(error instanceof BertieError)) return undefined;
  if (error.code === "browser/storage-full") return "full";
  return error.code === "browser/no-storage" ? "none" : undefined;
}

async function bytesOf(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of byteChunks(chunks)) parts.push(chunk.slice());
  return concatenate(parts);
}
