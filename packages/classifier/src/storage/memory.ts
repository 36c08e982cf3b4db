import { BertieError, concatenate } from "@bertie/common";
import { sha256 } from "./sha256.ts";
import { byteChunks, CHECKPOINTS, type Chunks, DATA, type Storage, type WrittenFile } from "./storage.ts";

type Files = Map<string, Uint8Array>;

/**
 * Creates a storage in memory, for tests and for models that are used in the same process.
 *
 * @param name name of the storage in messages
 * @default name "memory"
 *
 * @example
 * ```ts
 * import { memoryStorage } from "@bertie/classifier";
 *
 * const storage = memoryStorage();
 * const workspace = await storage.open();
 * await workspace.write("run.json", "{}");
 * await workspace.commit({ overwrite: false });
 * console.log(await storage.state()); // finished
 * ```
 */
export function memoryStorage(name = "memory"): Storage {
  let finished: Files = new Map();
  let work: Files = new Map();
  let isOpen = false;

  return {
    name,
    read: async (path) => finished.get(path),
    unfinished: {
      read: async (path) => work.get(path),
      list: async (folder) => namesIn(work, folder),
      locate: (path) => `${name}/${path}`,
    },
    async state() {
      if (work.size > 0) return "unfinished";
      if (finished.has("run.json")) return "finished";
      return finished.size > 0 ? "foreign" : "empty";
    },
    async open({ resume = false, overwrite = false } = {}) {
      if (isOpen) {
        const text = `${name}: another run is writing to the storage. Wait until that run has ended.`;
        throw new BertieError("output/locked", text);
      }
      if (work.size > 0 && !resume && !overwrite) {
        const text = `${name}: the storage holds an interrupted run. Set resume to continue the run, or overwrite to start over.`;
        throw new BertieError("output/unfinished", text);
      }
      isOpen = true;
      work = resume ? persistentFiles(work) : new Map();
      const written = new Set<string>();
      let done = false;
      const end = () => {
        done = true;
        isOpen = false;
      };
      return {
        name,
        locate: (path) => `${name}/${path}`,
        files: () => [...written].sort(),
        async write(path, chunks) {
          work.set(path, await bytesOf(chunks));
          written.add(path);
        },
        async append(path, contents) {
          work.set(path, concatenate([work.get(path) ?? new Uint8Array(0), await bytesOf(contents)]));
          written.add(path);
        },
        read: async (path) => work.get(path),
        list: async (folder) => namesIn(work, folder),
        async stage(folder, fill) {
          const staged: Files = new Map();
          const describe = async ([path, bytes]: [string, Uint8Array]): Promise<WrittenFile> => {
            return { name: path, bytes: bytes.length, sha256: await sha256(bytes) };
          };
          await fill({
            write: async (path, chunks) => void staged.set(path, await bytesOf(chunks)),
            files: () => Promise.all([...staged].sort(([a], [b]) => (a < b ? -1 : 1)).map(describe)),
          });
          removeFolder(work, folder);
          for (const [path, bytes] of staged) work.set(`${folder}/${path}`, bytes);
        },
        remove: async (folder) => removeFolder(work, folder),
        async checkTarget(options) {
          if (finished.size === 0 || options.overwrite) return;
          const message = `${name}: the storage holds a finished run. Set overwrite to replace the run.`;
          throw new BertieError("output/not-empty", message);
        },
        async commit() {
          finished = work;
          work = new Map();
          end();
        },
        async close() {
          if (done) return;
          work = persistentFiles(work);
          if (namesIn(work, CHECKPOINTS).length === 0) work = new Map();
          end();
        },
      };
    },
  };
}

/** Returns the files that outlive a workspace: checkpoints and data. */
function persistentFiles(files: Files): Files {
  return new Map([...files].filter(([path]) => path.startsWith(`${CHECKPOINTS}/`) || path.startsWith(`${DATA}/`)));
}

/** Lists the names of the files and folders directly inside a folder. */
function namesIn(files: Files, folder: string): string[] {
  const inside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
  return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0]!))];
}

function removeFolder(files: Files, folder: string): void {
  for (const path of files.keys()) if (path.startsWith(`${folder}/`)) files.delete(path);
}

async function bytesOf(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of byteChunks(chunks)) parts.push(chunk.slice());
  return concatenate(parts);
}
