import { join, normalize } from "node:path";
import { type InputReader, isDirectory } from "@bertie/classifier/node";
import { BertieError, type NamedBytes } from "@bertie/common";

/**
 * Reads a file of tokenized features, or the part files of a directory in the order of their names, as Spark and other engines
 * write them. Names that start with `_` or `.`, such as `_SUCCESS`, are not data.
 *
 * @throws BertieError "input/missing-file" if the path does not exist, or the job that writes the directory has not finished;
 *   "input/not-text" if the directory has files that are not features; and the errors of `inputs.read()`
 */
export async function readFeatureFiles(path: string, inputs: InputReader): Promise<readonly NamedBytes[]> {
  if (!(await isDirectory(path))) return [{ name: path, bytes: await inputs.read(path) }];
  const directory = inputs.directory(normalize(path));
  const entries = (await directory.list?.("")) ?? [];
  if (entries.includes("_temporary/")) {
    const text = `${path}: the job that writes the directory has not finished, because there is a folder _temporary. Wait for the job, or run it again.`;
    throw new BertieError("input/missing-file", text);
  }
  const names = entries.filter((name) => !/^[._]/.test(name));
  const other = names.find((name) => !/\.(parquet|jsonl?|ndjson)$/i.test(name));
  if (other !== undefined) {
    const text = `${join(path, other)}: expected files of features that end in .parquet, .jsonl or .json. Remove the entry from the directory.`;
    throw new BertieError("input/not-text", text);
  }
  if (names.length === 0) {
    const text = `${path}: the directory has no files of features. Expected files that end in .parquet or .jsonl.`;
    throw new BertieError("input/missing-file", text);
  }
  const files: NamedBytes[] = [];
  for (const name of names) {
    const bytes = await directory.read(name);
    if (bytes !== undefined) files.push({ name: join(path, name), bytes });
  }
  return files;
}
