import { mkdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";

/** Interval at which a holder renews its lock. */
const RENEWAL_MS = 2000;
/** Age from which a lock counts as abandoned. */
const STALE_MS = 20_000;
/** Interval at which other processes check the lock. */
const POLL_MS = 100;

/**
 * Runs a function while no other process runs one with the same lock. Waits for the other process. A lock that has not been
 * renewed for 20 s is taken over, because its process has ended or its machine is off.
 */
export async function withFileLock(path: string, work: () => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await take(path))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, RENEWAL_MS);
  renewal.unref();
  try {
    await work();
  } finally {
    clearInterval(renewal);
    await rm(path, { force: true });
  }
}

/** Creates the lock. Returns false if another process holds it. */
async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const held = await stat(path).catch(() => undefined);
  if (held === undefined || Date.now() - held.mtimeMs < STALE_MS) return false;
  const abandoned = `${path}.${process.pid}`;
  await rename(path, abandoned).catch(() => undefined); // only one process succeeds
  await rm(abandoned, { force: true });
  return false;
}
