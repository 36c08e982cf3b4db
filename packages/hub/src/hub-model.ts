import { BertieError, hasFileSystem } from "@bertie/common";
import type { FileSource } from "@bertie/model";
import type { HubCache } from "./cache.ts";
import { downloadRest } from "./download.ts";
import { isTransient, type Subject } from "./failures.ts";
import type { HubOptions } from "./hub-options.ts";
import { requireModelName } from "./model-name.ts";
import { isCommit, readSnapshot, type Snapshot } from "./repository.ts";
import { type HubSettings, settingsOf } from "./settings.ts";

/** The files of a model on the hub. Its `name` is `user/model@commit`. */
export interface HubModel extends FileSource {
  /** Name of the repository. */
  readonly repo: string;
  /** Hash of the commit. All files are read from this commit. */
  readonly commit: string;
  /** Warnings for the user, such as that the hub could not be reached and the cache is used. */
  readonly warnings: readonly string[];
  read(path: string): Promise<Uint8Array | undefined>;
  list(folder: string): Promise<readonly string[]>;
}

/**
 * Opens a model on the Hugging Face Hub, or in the cache if the hub cannot be reached.
 *
 * No file is downloaded until it is read. Downloaded files are verified, and kept in the cache of Python's huggingface_hub,
 * or in browsers in the Cache API. Interrupted downloads are resumed.
 *
 * @param name `user/model`, or `user/model@revision` with a branch, a tag or a commit
 * @param options address of the hub, token, cache, and revision @default environment variables such as HF_HOME
 * @throws BertieError "hub/name" if the name is not valid, "hub/not-found", "hub/no-revision", "hub/gated", "hub/unauthorized",
 *   "hub/forbidden", "hub/rate-limit", "hub/rejected", and, if the cache lacks the model, "hub/unavailable", "hub/not-reached" or
 *   "hub/offline"
 *
 * @example
 * ```ts
 * import { openHubModel } from "@bertie/hub";
 *
 * await openHubModel("user/model", { offline: true, cacheDir: "no-cache" }).catch((error) => {
 *   console.log(error.code); // hub/offline
 * });
 * ```
 */
export async function openHubModel(
  name: string,
  { revision: given, ...options }: HubOptions & { readonly revision?: string | undefined } = {},
): Promise<HubModel> {
  const { repo, revision = "main" } = requireModelName(name, given);
  const settings = await settingsOf(options);
  const cache = await openCache(settings);
  const subject = { repo, revision, endpoint: settings.endpoint, token: settings.token };
  const { commit, files, warnings = [] } = await findSnapshot(settings, cache, subject);
  if (files !== undefined) await cache.writePaths(repo, commit, [...files.keys()]);
  const known = files === undefined ? await cache.readPaths(repo, commit) : undefined;
  const paths = [...(files?.keys() ?? (await cache.list(repo, commit)))];
  return {
    name: `${repo}@${commit}`,
    ...{ repo, commit, warnings },
    async read(path) {
      const cached = await cache.read(repo, commit, path);
      if (cached !== undefined) return cached;
      const file = files?.get(path);
      if (file === undefined && known?.includes(path)) {
        const text = `${repo}@${commit}/${path}: the model has this file, but ${cache.name} does not contain it. Load the model once with a connection.`;
        throw new BertieError("hub/offline", text);
      }
      if (file === undefined) return undefined;
      await cache.add(repo, commit, file, (part) =>
        downloadRest(file, part, settings, { ...subject, revision: commit }),
      );
      return cache.read(repo, commit, path);
    },
    list: async (folder) => entriesOf(paths, folder),
  };
}

async function openCache({ cacheDir, endpoint }: HubSettings): Promise<HubCache> {
  if (!hasFileSystem()) return (await import("./browser-cache.ts")).browserCache(endpoint);
  return (await import("./disk-cache.node.ts")).diskCache(cacheDir!);
}

/** Returns the commit of a revision, and its files; without files if only those in the cache can be used. */
async function findSnapshot(
  settings: HubSettings,
  cache: HubCache,
  subject: Subject,
): Promise<Pick<Snapshot, "commit"> & Partial<Snapshot> & { readonly warnings?: readonly string[] }> {
  const { repo, revision } = subject;
  const cachedCommit = async () => {
    const commit = isCommit(revision) ? revision : await cache.readRef(repo, revision);
    return commit !== undefined && (await cache.list(repo, commit)).length > 0 ? commit : undefined;
  };
  if (settings.offline) {
    const commit = await cachedCommit();
    if (commit !== undefined) return { commit };
    const text = `${repo}: no directory of this name exists, and ${cache.name} does not contain revision ${revision} of this model. Check the name, or go online: HF_HUB_OFFLINE forbids downloads.`;
    throw new BertieError("hub/offline", text);
  }
  try {
    const snapshot = await readSnapshot(settings, subject);
    if (!isCommit(revision)) await cache.writeRef(repo, revision, snapshot.commit);
    return snapshot;
  } catch (error) {
    const commit = isTransient(error) ? await cachedCommit() : undefined;
    if (commit === undefined) throw error;
    const text = `${repo}: ${settings.endpoint} cannot be reached. Using commit ${commit} of the cache, which may be outdated.`;
    return { commit, warnings: [text] };
  }
}

/** Returns the sorted entries of a folder, given the paths of all files. */
function entriesOf(paths: readonly string[], folder: string): string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const inner = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return [...new Set(inner.map((path) => path.replace(/\/.*$/, "/")))].sort();
}
