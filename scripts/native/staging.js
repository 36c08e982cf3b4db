import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * An empty folder beside `folder`, to be renamed to it when all is there. What is left of it when this process ends is
 * deleted; what a process left that could not do so is deleted now.
 */
export function stagingFolder(folder) {
  const [parent, prefix] = [dirname(folder), `.${basename(folder)}-`];
  for (const name of readdirSync(parent)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (Number.isInteger(owner) && !isRunning(owner)) rmSync(join(parent, name), { recursive: true });
  }
  const staging = join(parent, `${prefix}${process.pid}`);
  mkdirSync(staging);
  process.on("exit", () => rmSync(staging, { recursive: true, force: true }));
  return staging;
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM"; // it runs, and is another user's
  }
}
