import type { Storage } from "./storage.ts";

/**
 * Creates a storage in a directory on disk (Node, Deno, Bun).
 *
 * A run writes its lock, checkpoints and other files to the directory `PATH.unfinished`. When the run is complete, that
 * directory is renamed to `PATH`, so `PATH` never contains an incomplete run.
 *
 * The methods of the storage throw BertieError "output/unusable" if the directory is not writable, "output/locked" if
 * another run is writing to it, "output/unfinished" or "output/not-empty" if it has contents that may not be replaced,
 * "output/not-written" if a file operation fails, and "input/not-read" if the disk fails.
 *
 * @param path path of the finished model directory; missing parent directories are created
 *
 * @example
 * ```ts
 * import { directoryStorage } from "@bertie/classifier";
 *
 * const storage = directoryStorage("runs/does-not-exist");
 * console.log(await storage.state()); // empty
 * ```
 */
export function directoryStorage(path: string): Storage {
  const load = () => import("./directory.node.ts");
  return {
    name: path,
    read: async (file) => (await load()).readFinished(path, file),
    unfinished: {
      read: async (file) => (await load()).readUnfinished(path, file),
      list: async (folder) => (await load()).listUnfinished(path, folder),
      locate: (file) => `${path}.unfinished/${file}`,
    },
    state: async () => (await load()).stateOf(path),
    open: async (options) => (await load()).openDirectory(path, options),
  };
}
