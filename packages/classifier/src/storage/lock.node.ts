import { constants, copyFile, link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { orNotWritten } from "./atomic-directory.node.ts";

/** The process that holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, where the system tells: a later process may have the same number. */
  readonly began?: string | undefined;
}

/** The locks of this process. */
const held = new Set<string>();

/**
 * Takes a lock, a file that names the process that holds it. A stale lock, whose process has ended, is taken over; whether a
 * process on another machine has ended cannot be known.
 *
 * @returns the process that left the lock, in words, where it was stale
 * @throws BertieError "output/locked"
 */
export async function takeLock(path: string): Promise<string | undefined> {
  if (await createLock(path)) return undefined;
  const found = await readIfThere(path);
  const holder = parseHolder(found);
  if (held.has(path) || (holder && (await mayLive(holder)))) throw lockedBy(holder, path);
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(unlessMissing);
  const moved = await readIfThere(aside);
  await rm(aside, { force: true });
  if (moved === found && (await createLock(path))) return holder ? describe(holder) : "an unknown process";
  // Another process was faster, and what was moved is its lock: put it back.
  if (moved !== undefined && moved !== found) await writeFile(path, moved, { flag: "wx" }).catch(() => undefined);
  throw lockedBy(parseHolder(moved), path);
}

/** @param now where the file is, if its directory has moved since */
export async function releaseLock(path: string, now = path): Promise<void> {
  held.delete(path);
  await orNotWritten(now, rm(now, { force: true }));
}

/** Creates the lock with its contents in one step; false where there is one. */
async function createLock(path: string): Promise<boolean> {
  const staged = `${path}.${process.pid}.new`;
  const began = await beginningOf(process.pid);
  try {
    await writeFile(staged, JSON.stringify({ pid: process.pid, host: hostname(), ...(began && { began }) }));
    await link(staged, path).catch((error: NodeJS.ErrnoException) => {
      if (!NO_LINKS.has(error.code)) throw error;
      return copyFile(staged, path, constants.COPYFILE_EXCL);
    });
    // If it stayed, it would end up among the results.
    await orNotWritten(staged, rm(staged, { force: true })).catch(async (error: unknown) => {
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

/** The errors of file systems without hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);

/** Whether the holder's process may still run. */
async function mayLive({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  if (began !== undefined) return began === (await beginningOf(pid));
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** When a process started, on Linux; undefined elsewhere, and where the process has ended. */
async function beginningOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // proc(5): from the third field on
    return state === "Z" ? undefined : `${boot.trim()} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(unlessMissing);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
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
  const text = `another run is writing there, ${holder ? describe(holder) : "just started"}: wait for it, or choose another --output-dir; if that process has ended, delete ${path}`;
  return new BertieError("output/locked", text);
}

function describe({ pid, host }: Holder): string {
  return `process ${pid} on ${host}`;
}
