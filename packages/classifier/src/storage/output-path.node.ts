import { lstat, mkdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { isDirectory } from "./files.node.ts";

/**
 * Creates a directory and its missing parents. Node's `mkdir` with `recursive` never returns in file systems that report
 * a missing path although the parent exists, such as `/proc`.
 *
 * @returns the topmost directory that was created, or undefined if the directory existed
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { createDirectories } from "@bertie/classifier/node";
 *
 * const base = await mkdtemp("/tmp/example-");
 * console.log((await createDirectories(`${base}/a/b`))?.endsWith("/a")); // true
 * console.log(await createDirectories(`${base}/a/b`)); // undefined
 * ```
 */
export async function createDirectories(path: string): Promise<string | undefined> {
  if (await isDirectory(path)) return undefined;
  const parent = dirname(path);
  const first = parent === path ? undefined : await createDirectories(parent);
  try {
    await mkdir(path);
    return first ?? path;
  } catch (error) {
    // Another process may have created the directory in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !(await isDirectory(path))) throw error;
    return first;
  }
}

/**
 * Returns why a directory or a file cannot be created, for messages.
 *
 * @example
 * ```ts
 * import { createDirectories, whyNotCreated } from "@bertie/classifier/node";
 *
 * const reason = await createDirectories("package.json/runs").catch(whyNotCreated);
 * console.log(reason); // package.json is a file
 * ```
 */
export async function whyNotCreated(cause: unknown): Promise<string> {
  const { code, path = "" } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "EEXIST":
      return (await isLink(path)) ? `${path} is a symbolic link to a path that does not exist` : `${path} is a file`;
    case "ENOENT":
    case "ENOTDIR":
      return `${dirname(path)} does not accept new files`;
    case "EROFS":
      return `${dirname(path)} is on a read-only file system`;
    case "EACCES":
    case "EPERM":
      return `no permission to write in ${dirname(path)}`;
    default:
      return String(code);
  }
}

/**
 * Checks that a directory can be placed at a path when a run is complete: the path is not a dangling link, a mount
 * point or the current directory, none of which can be replaced.
 *
 * @param name the path as the user wrote it
 * @param target the path without symbolic links
 * @throws BertieError "output/unusable"
 */
export async function checkReplaceable(name: string, target: string): Promise<void> {
  const unusable = (reason: string, advice = "Choose another directory (--output-dir).") =>
    new BertieError("output/unusable", `${name}: ${reason}. ${advice}`);
  if (await isLink(target)) throw unusable("the symbolic link points to a path that does not exist");
  if (!(await isDirectory(target))) return;
  const below = `Choose a directory in it (--output-dir), such as ${name.replace(/[\\/]$/, "")}/run.`;
  if (target === process.cwd()) throw unusable("the current directory cannot be replaced by the finished run", below);
  if (await isMountPoint(target)) throw unusable("a mount point cannot be replaced by the finished run", below);
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

async function isMountPoint(path: string): Promise<boolean> {
  const [self, parent] = await Promise.all([stat(path), stat(dirname(path))]);
  if (self.dev !== parent.dev) return true;
  // On Linux, a directory of the same file system can be mounted, too.
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const decode = (field = "") =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return mounts.split("\n").some((line) => decode(line.split(" ")[4]) === path);
}
