import { memoryStorage, type Storage, type Workspace } from "@bertie/classifier";
import { BertieError } from "@bertie/common";

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
        return await fallbackWorkspace(workspace, storage.name, {
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

async function fallbackWorkspace(workspace: Workspace, name: string, { full, keep }: Outcome): Promise<Workspace> {
  /** Files of the finished run. They are written to the storage at the end, or kept in memory. */
  const finished = memoryStorage(name);
  const files = await finished.open();
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
    files: () => files.files(),
    write: (path, chunks) => files.write(path, chunks),
    append: (path, contents) => files.append(path, contents),
    read: async (path) => (await files.read(path)) ?? workspace.read(path),
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
        for (const path of files.files()) await workspace.write(path, (await files.read(path))!);
        await workspace.commit(options);
      });
      if (isSaved) return;
      await files.commit(options);
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
