import { BertieError, type FileSource, filePath, quote } from "@bertie/common";

/** Folders of a model in a cache of the Hugging Face Hub, such as `models--google-bert--bert-base-chinese`. */
const MODEL_FOLDER = /^models--[^/]+\/$/;
/** Names of snapshots: hashes of commits. */
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Returns the model directory in a folder: the folder itself, or the snapshot of a model in a cache of the Hugging Face Hub.
 *
 * The folder can be the cache (`~/.cache/huggingface` or its subfolder `hub`) if it contains one model, the folder of a
 * model (`models--org--name`), or its folder `snapshots`. The snapshot is the one that `refs/main` names, or the only one.
 * Sources that cannot list their files are returned unchanged.
 *
 * @throws BertieError "input/several-models" if there are several models or snapshots, "input/missing-file" if there is no
 *   complete snapshot
 *
 * @example
 * ```ts
 * import { locateModel } from "@bertie/model";
 *
 * const commit = "0123456789abcdef0123456789abcdef01234567";
 * const folders = new Map([["", ["snapshots/"]], ["snapshots", [`${commit}/`]]]);
 * const list = async (folder: string) => folders.get(folder) ?? [];
 * const { name } = await locateModel({ name: "models--a--b", read: async () => undefined, list });
 * console.log(name); // models--a--b/snapshots/0123456789abcdef0123456789abcdef01234567
 * ```
 */
export async function locateModel(source: FileSource): Promise<FileSource> {
  const entries = (await source.list?.("")) ?? [];
  if (entries.some((entry) => entry === "config.json" || entry === "bert_config.json")) return source;
  if (entries.includes("snapshots/")) return snapshotOf(source);
  const models = entries.filter((entry) => MODEL_FOLDER.test(entry));
  if (models.length > 1) throw severalError(source, "models", models);
  if (models.length === 1) return locateModel(subfolder(source, models[0]!.slice(0, -1)));
  if (entries.length > 0 && entries.every((entry) => COMMIT.test(entry.slice(0, -1)))) {
    if (entries.length > 1) throw severalError(source, "snapshots", entries);
    return subfolder(source, entries[0]!.slice(0, -1));
  }
  if (entries.includes("hub/")) return locateModel(subfolder(source, "hub"));
  return source;
}

async function snapshotOf(source: FileSource): Promise<FileSource> {
  const snapshots = ((await source.list?.("snapshots")) ?? []).filter((entry) => entry.endsWith("/"));
  const main = await source.read("refs/main");
  if (main !== undefined) {
    const commit = new TextDecoder().decode(main.subarray(0, 100)).trim();
    if (snapshots.includes(`${commit}/`)) return subfolder(source, `snapshots/${commit}`);
    const text = `${filePath(source, "refs/main")}: names the snapshot ${quote(commit)}, which is not in ${filePath(source, "snapshots")}. Download the model again.`;
    throw new BertieError("input/missing-file", text);
  }
  if (snapshots.length > 1) throw severalError(subfolder(source, "snapshots"), "snapshots", snapshots);
  if (snapshots.length === 1) return subfolder(source, `snapshots/${snapshots[0]!.slice(0, -1)}`);
  const text = `${filePath(source, "snapshots")}: the folder contains no snapshot of the model. Download the model again.`;
  throw new BertieError("input/missing-file", text);
}

function severalError(source: Pick<FileSource, "name">, what: string, folders: readonly string[]): BertieError {
  const listed = folders.map((folder) => filePath(source, folder.slice(0, -1))).slice(0, 20);
  const more = folders.length > listed.length ? ` and ${folders.length - listed.length} more` : "";
  const text = `${source.name}: found ${folders.length} ${what}, expected one. Pass one of ${listed.join(", ")}${more}.`;
  return new BertieError("input/several-models", text);
}

/**
 * Returns a source for a folder of a directory.
 *
 * @param source files of the directory
 * @param folder path of the folder, relative to the directory
 *
 * @example
 * ```ts
 * import { subfolder } from "@bertie/model";
 *
 * const { name } = subfolder({ name: "models", read: async () => undefined }, "1_Pooling");
 * console.log(name); // models/1_Pooling
 * ```
 */
export function subfolder(source: FileSource, folder: string): FileSource {
  const { list } = source;
  return {
    name: filePath(source, folder),
    read: (path) => source.read(`${folder}/${path}`),
    ...(list && { list: (inner: string) => list.call(source, inner === "" ? folder : `${folder}/${inner}`) }),
  };
}
