import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * An empty folder beside `folder`, to be renamed to it when all is there. It is deleted when this process ends before
 * that; what a process left that was killed is deleted by the next one.
 */
export function stagingFolder(folder) {
  const [parent, prefix] = [dirname(folder), `.${basename(folder)}-`];
  for (const name of readdirSync(parent)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (Number.isInteger(owner) && !isRunning(owner)) remove(join(parent, name));
  }
  const staging = join(parent, `${prefix}${process.pid}`);
  mkdirSync(staging);
  process.on("exit", () => remove(staging));
  return staging;
}

/** Commands that were ended a moment ago may still be writing there; then something is left for the next time. */
function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    if (error.code !== "ENOTEMPTY") throw error;
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM"; // it runs, and is another user's
  }
}
