import { constants, copyFile, link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { withWriteError } from "./atomic-directory.node.ts";

/** Process that holds a lock: the contents of the lock file. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /**
   * Start time of the process, if the system provides it. Distinguishes the holder from a later process with the same
   * id.
   */
  readonly began?: string | undefined;
}

/** Paths of the locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a lock by creating a file that names this process. A stale lock, whose process has ended, is taken over. The
 * lock of a process on another host is never considered stale, because that process cannot be checked.
 *
 * @returns a description of the ended process if the lock was stale, otherwise undefined
 * @throws BertieError "output/locked" if another process holds the lock
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { releaseLock, takeLock } from "@bertie/classifier/node";
 *
 * const lock = `${await mkdtemp("/tmp/example-")}/lock`;
 * await takeLock(lock);
 * await takeLock(lock).catch((error) => console.log(error.code)); // output/locked
 * await releaseLock(lock);
 * ```
 */
export async function takeLock(path: string): Promise<string | undefined> {
  if (await createLock(path)) return undefined;
  const contents = await readIfExists(path);
  const holder = parseHolder(contents);
  if (held.has(path) || (holder && (await mayBeRunning(holder)))) throw lockedBy(holder, path);
  const stalePath = `${path}.${process.pid}`;
  await rename(path, stalePath).catch(ignoreMissing);
  const moved = await readIfExists(stalePath);
  await rm(stalePath, { force: true });
  if (moved === contents && (await createLock(path))) return holder ? describe(holder) : "an unknown process";
  // Another process has replaced the stale lock in the meantime: restore the lock of that process.
  if (moved !== undefined && moved !== contents) await writeFile(path, moved, { flag: "wx" }).catch(() => undefined);
  throw lockedBy(parseHolder(moved), path);
}

/**
 * Releases a lock that this process holds.
 *
 * @param path path of the lock when it was taken
 * @param currentPath path of the lock file now, if its directory has been moved since
 * @throws BertieError "output/not-written" if the lock file cannot be removed
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { releaseLock, takeLock } from "@bertie/classifier/node";
 *
 * const lock = `${await mkdtemp("/tmp/example-")}/lock`;
 * await takeLock(lock);
 * await releaseLock(lock);
 * ```
 */
export async function releaseLock(path: string, currentPath = path): Promise<void> {
  held.delete(path);
  await withWriteError(currentPath, rm(currentPath, { force: true }));
}

/** Creates the lock file with its contents atomically. Returns false if the file exists already. */
async function createLock(path: string): Promise<boolean> {
  const staged = `${path}.${process.pid}.new`;
  const began = await startTimeOf(process.pid);
  try {
    await writeFile(staged, JSON.stringify({ pid: process.pid, host: hostname(), ...(began && { began }) }));
    await link(staged, path).catch((error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.has(error.code)) throw error;
      return copyFile(staged, path, constants.COPYFILE_EXCL);
    });
    // A remaining staged file would become part of the results.
    await withWriteError(staged, rm(staged, { force: true })).catch(async (error: unknown) => {
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    });
    held.add(path);
    return true;
  } catch (error) {
    await rm(staged, { force: true }).catch(() => undefined);
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Error codes of file systems without hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);

/** Returns whether the process that holds the lock may still be running. */
async function mayBeRunning({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  if (began !== undefined) return began === (await startTimeOf(pid));
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Returns the start time of a process on Linux; undefined on other systems and for a process that has ended. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // fields from the third, see proc(5)
    return state === "Z" ? undefined : `${boot.trim()} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function parseHolder(text = ""): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host, began } : undefined;
  } catch {
    return undefined;
  }
}

function lockedBy(holder: Holder | undefined, path: string): BertieError {
  const owner = holder ? describe(holder) : "started just now";
  const text = `${dirname(path)}: another run is writing to this directory (${owner}). Wait until that run has ended, or choose another output directory (--output-dir). If that process has ended, delete ${path}.`;
  return new BertieError("output/locked", text);
}

function describe({ pid, host }: Holder): string {
  return `process ${pid} on ${host}`;
}
