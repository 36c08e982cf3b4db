import type { Storage } from "./storage.ts";

/**
 * A directory on disk (Node, Deno, Bun) for a run's checkpoints and its model directory.
 *
 * A run works in a directory beside it, `PATH.unfinished`, which holds a lock, the checkpoints and the files so far. When the
 * run is complete, that directory is renamed to `PATH`: so `PATH` either is a complete run or does not exist.
 *
 * @param path where the finished model directory goes; directories above it are created where they are missing
 *
 * @example
 * ```ts ignore
 * const trainer = await createTrainer({ model: "bert", train, storage: directoryStorage("runs/mine") });
 * ```
 */
export function directoryStorage(path: string): Storage {
  const load = () => import("./directory.node.ts");
  return {
    name: path,
    read: async (file) => (await load()).readIn(path, file),
    unfinished: {
      read: async (file) => (await load()).readUnfinished(path, file),
      list: async (folder) => (await load()).listUnfinished(path, folder),
      locate: (file) => `${path}.unfinished/${file}`,
    },
    state: async () => (await load()).stateOf(path),
    open: async (options) => (await load()).openDirectory(path, options),
  };
}
