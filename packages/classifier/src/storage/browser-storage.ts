import { BertieError, concatenate } from "@bertie/common";
import { findFolder, isNotFound, openPrivateFolder, splitPath, writePrivateFile } from "./private-folder.ts";
import { sha256 } from "./sha256.ts";
import { CHECKPOINTS, type Chunks, DATA, type Storage, type WrittenFile } from "./storage.ts";

/** Name of the file that contains the folder names of the finished and the unfinished run. It is replaced atomically. */
const INDEX = "index.json";
interface Index {
  readonly finished?: string;
  readonly unfinished?: string;
}

/** Name of the file that is written last into a staged folder. A folder without this file is incomplete. */
const COMPLETE = ".complete";

/**
 * Creates a storage in the browser's private file system (OPFS). Its contents persist after the page is closed.
 *
 * Folders in OPFS cannot be renamed. A small index file, which is replaced atomically, therefore names the folder of the
 * finished run.
 *
 * The methods of the storage throw BertieError "browser/no-storage" if the browser does not let the page store files,
 * "browser/storage-full" if the quota is exceeded, and "browser/other-tab" if another tab is training.
 *
 * @param name name of the folder in OPFS, which is created if it does not exist
 *
 * @example
 * ```ts ignore
 * import { browserStorage, createTrainer } from "@bertie/classifier";
 *
 * const trainer = await createTrainer({
 *   model: "https://example.com/bert/",
 *   train: { file: "https://example.com/reviews.csv" },
 *   storage: browserStorage("my-run"),
 *   resume: true,
 * });
 * for await (const event of trainer.run()) if (event.type === "step") console.log(event.step, event.loss);
 * ```
 */
export function browserStorage(name: string): Storage {
  const root = () => openPrivateFolder(name);

  return {
    name,
    async read(path) {
      const folder = await root();
      const { finished } = await readIndex(folder);
      return finished === undefined ? undefined : readFile(folder, `${finished}/${path}`);
    },
    unfinished: {
      async read(path) {
        const folder = await root();
        const { unfinished } = await readIndex(folder);
        return unfinished === undefined ? undefined : readFile(folder, `${unfinished}/${path}`);
      },
      async list(path) {
        const folder = await root();
        const { unfinished } = await readIndex(folder);
        return unfinished === undefined ? [] : listFolder(folder, `${unfinished}/${path}`);
      },
      locate: (path) => `${name}/${path}`,
    },
    async state() {
      const folder = await root();
      const index = await readIndex(folder);
      if (await holdsCheckpoints(folder, index)) return "unfinished";
      return index.finished !== undefined ? "finished" : "empty";
    },
    async open({ resume = false, overwrite = false } = {}) {
      const release = await takeLock(name);
      try {
        const folder = await root();
        const index = await readIndex(folder);
        if (!resume && !overwrite && (await holdsCheckpoints(folder, index))) {
          const text = `${name}: the storage holds an interrupted run. Set resume to continue the run, or overwrite to start over.`;
          throw new BertieError("output/unfinished", text);
        }
        return await openWorkspace(name, folder, index, resume, release);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

async function openWorkspace(
  name: string,
  root: FileSystemDirectoryHandle,
  index: Index,
  resume: boolean,
  release: () => void,
) {
  const work = resume && index.unfinished !== undefined ? index.unfinished : await newName(root);
  await removeEntries(root, (entry) => entry !== INDEX && entry !== work && entry !== index.finished);
  const folder = await root.getDirectoryHandle(work, { create: true });
  await removeEntries(folder, (entry) => entry !== CHECKPOINTS && entry !== DATA);
  await writeIndex(root, { ...index, unfinished: work });
  const written = new Set<string>();
  /** Contents of appended files. They are written at commit(), because OPFS copies the whole file on each append. */
  const appended = new Map<string, Uint8Array[]>();
  let isOpen = true;

  return {
    name,
    locate: (path: string) => `${name}/${path}`,
    files: () => [...written].sort(),
    async write(path: string, chunks: Chunks) {
      await writePrivateFile(folder, path, chunks);
      written.add(path);
    },
    async append(path: string, contents: string | Uint8Array) {
      const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();
      const parts = appended.get(path);
      if (parts === undefined) appended.set(path, [bytes]);
      else parts.push(bytes);
      written.add(path);
    },
    async read(path: string) {
      const parts = appended.get(path);
      return parts === undefined ? readFile(folder, path) : concatenate(parts);
    },
    list: (path: string) => listFolder(folder, path),
    async stage(path: string, fill: (folder: StagedFolderOf) => Promise<void>) {
      await removePath(folder, path);
      const files = new Map<string, WrittenFile>();
      try {
        await fill({
          async write(file, chunks) {
            await writePrivateFile(folder, `${path}/${file}`, chunks);
            const bytes = (await readFile(folder, `${path}/${file}`))!;
            files.set(file, { name: file, bytes: bytes.length, sha256: await sha256(bytes) });
          },
          files: async () => [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
        });
        await writePrivateFile(folder, `${path}/${COMPLETE}`, "");
      } catch (error) {
        await removePath(folder, path).catch(() => undefined);
        throw error;
      }
    },
    async remove(path: string) {
      const plain = path.replace(/(^|\/)\.(?=[^/]*$)/, "$1");
      await removePath(folder, `${plain}/${COMPLETE}`);
      await removePath(folder, plain);
      for (const name of written) if (name.startsWith(`${plain}/`)) written.delete(name);
    },
    async checkTarget({ overwrite }: { readonly overwrite: boolean }) {
      if (overwrite || index.finished === undefined) return;
      const message = `${name}: the storage holds a finished run. Set overwrite to replace the run.`;
      throw new BertieError("output/not-empty", message);
    },
    async commit() {
      for (const [path, parts] of appended) await writePrivateFile(folder, path, concatenate(parts));
      await writeIndex(root, { finished: work });
      isOpen = false;
      await removeEntries(root, (entry) => entry !== INDEX && entry !== work).catch(() => undefined);
      release();
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        if (await holdsComplete(folder, CHECKPOINTS)) return;
        await writeIndex(root, index.finished === undefined ? {} : { finished: index.finished });
        await root.removeEntry(work, { recursive: true });
      } catch {
        // The next run removes anything that could not be removed now.
      } finally {
        release();
      }
    },
  };
}

/** Returns whether the storage holds an interrupted run. A run without a checkpoint does not count. */
async function holdsCheckpoints(root: FileSystemDirectoryHandle, { unfinished }: Index): Promise<boolean> {
  return unfinished !== undefined && holdsComplete(root, `${unfinished}/${CHECKPOINTS}`);
}

/** Returns whether a folder contains at least one completely staged folder. */
async function holdsComplete(root: FileSystemDirectoryHandle, path: string): Promise<boolean> {
  for await (const [, handle] of entriesOf(await findFolder(root, path)))
    if (await isComplete(handle as FileSystemDirectoryHandle)) return true;
  return false;
}

type StagedFolderOf = Parameters<Parameters<Awaited<ReturnType<Storage["open"]>>["stage"]>[1]>[0];

/**
 * Locks the storage for this tab, if the browser supports locks.
 *
 * @returns a function that releases the lock
 * @throws BertieError "browser/other-tab" if another tab holds the lock
 */
async function takeLock(name: string): Promise<() => void> {
  if (!("locks" in navigator)) return () => {};
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(`bertie ${name}`, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        const text = "another tab of this page is training. Stop the run in that tab, or wait until it ends.";
        throw new BertieError("browser/other-tab", text);
      }
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}

async function readIndex(root: FileSystemDirectoryHandle): Promise<Index> {
  const bytes = await readFile(root, INDEX);
  try {
    return bytes === undefined ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Index);
  } catch {
    return {};
  }
}

const writeIndex = (root: FileSystemDirectoryHandle, index: Index) =>
  writePrivateFile(root, INDEX, JSON.stringify(index));

async function newName(root: FileSystemDirectoryHandle): Promise<string> {
  const names = new Set<string>();
  for await (const [name] of entriesOf(root)) names.add(name);
  for (let number = 1; ; number++) if (!names.has(`run-${number}`)) return `run-${number}`;
}

/**
 * Returns the entries of a folder. Some versions of TypeScript's DOM types lack the iteration methods of directory
 * handles.
 */
function entriesOf(folder: FileSystemDirectoryHandle | undefined): AsyncIterable<[string, FileSystemHandle]> {
  return (folder as unknown as AsyncIterable<[string, FileSystemHandle]> | undefined) ?? NO_ENTRIES;
}

const NO_ENTRIES: AsyncIterable<[string, FileSystemHandle]> = (async function* () {})();

/** Lists the names in a folder. The name of an incomplete folder is prefixed with a dot. */
async function listFolder(root: FileSystemDirectoryHandle, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const [entry, handle] of entriesOf(await findFolder(root, path))) {
    const isFinal = handle.kind === "file" || (await isComplete(handle as FileSystemDirectoryHandle));
    names.push(isFinal ? entry : `.${entry}`);
  }
  return names;
}

async function isComplete(folder: FileSystemDirectoryHandle): Promise<boolean> {
  return folder.getFileHandle(COMPLETE).then(
    () => true,
    () => false,
  );
}

async function removeEntries(
  folder: FileSystemDirectoryHandle,
  shouldRemove: (name: string) => boolean,
): Promise<void> {
  const names: string[] = [];
  for await (const [name] of entriesOf(folder)) if (shouldRemove(name)) names.push(name);
  for (const name of names) await folder.removeEntry(name, { recursive: true });
}

async function readFile(root: FileSystemDirectoryHandle, path: string): Promise<Uint8Array | undefined> {
  const [folder, name] = splitPath(path);
  try {
    const handle = await (await findFolder(root, folder))?.getFileHandle(name);
    return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function removePath(root: FileSystemDirectoryHandle, path: string): Promise<void> {
  const [folder, name] = splitPath(path);
  try {
    await (await findFolder(root, folder))?.removeEntry(name, { recursive: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
