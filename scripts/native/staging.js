import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Creates an empty staging folder next to `folder`, which the caller renames to `folder` when its contents are
 * complete.
 *
 * The staging folder is deleted when this process exits. Staging folders of killed processes are deleted by the next
 * call.
 */
export function createStagingFolder(folder) {
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

/**
 * Deletes a folder. Commands that were just killed may still write to the folder, in which case the next call of
 * {@link createStagingFolder} deletes the rest.
 */
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
    return error.code === "EPERM"; // The process exists, but belongs to another user.
  }
}
