import { stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isDirectory } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { filesToPush, parseModelName, pushModel } from "@bertie/hub";
import { glob } from "tinyglobby";
import { createTransferBars } from "../report/transfer-bars.ts";

/** Options of `bertie push`. */
export interface PushCommandOptions {
  readonly private?: boolean;
  readonly revision?: string;
  readonly commitMessage?: string;
  readonly include?: readonly string[];
  readonly dryRun?: boolean;
}

/**
 * Runs `bertie push`: lists the files of a model, and uploads them.
 *
 * @throws BertieError "input/missing-file" if the directory or its files do not exist, "hub/…"
 */
export async function push(directory: string, name: string, options: PushCommandOptions): Promise<void> {
  if (parseModelName(name)?.repo.includes("/") !== true) {
    const text = `${name}: not the name of a repository. Expected user/model.`;
    throw new BertieError("hub/name", text);
  }
  const files = await Promise.all(
    (await selectFiles(directory, options.include ?? [])).map(async (path) => {
      const location = join(directory, path);
      return { path, content: pathToFileURL(location), size: (await stat(location)).size };
    }),
  );
  const { stdout, stderr, env } = process;
  for (const { path, size } of files) stdout.write(`${path}  ${megabytes(size)}\n`);
  const total = `${files.length} files, ${megabytes(files.reduce((sum, { size }) => sum + size, 0))}`;
  if (options.dryRun) {
    stdout.write(`${total} would be uploaded to ${name}\n`);
    return;
  }
  const bars = createTransferBars(stderr, env);
  const { commit, url, created } = await pushModel(name, files, {
    ...{ revision: options.revision, message: options.commitMessage, onEvent: bars.show },
    ...(options.private && { private: true }),
  }).finally(bars.hide);
  stdout.write(`${total} uploaded to ${url}${created ? ", a new repository" : ""}, as commit ${commit}\n`);
}

/** Returns the paths of the model's files in a directory, and of the files that match the patterns. */
async function selectFiles(directory: string, patterns: readonly string[]): Promise<string[]> {
  if (!(await isDirectory(directory))) {
    const text = `${directory}: no such directory. Expected a model directory, such as the output directory of a finished run.`;
    throw new BertieError("input/missing-file", text);
  }
  const search = { cwd: directory, dot: false };
  const model = filesToPush(await glob("**", search));
  if (!model.includes("config.json")) {
    const text = `${join(directory, "config.json")}: no such file. Expected a model directory, such as the output directory of a finished run.`;
    throw new BertieError("input/missing-file", text);
  }
  const selected = new Set(model);
  for (const pattern of patterns) {
    const found = (await glob(pattern, search)).filter((path) => !path.startsWith(".."));
    if (found.length === 0) {
      const text = `${directory}: no file matches --include ${pattern}. Check the pattern.`;
      throw new BertieError("input/missing-file", text);
    }
    for (const path of found) selected.add(path);
  }
  return [...selected].sort();
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
