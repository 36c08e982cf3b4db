import { BertieError, hasFileSystem } from "@bertie/common";
import { isTransient, type Subject } from "./failures.ts";
import type { HubOptions } from "./hub-options.ts";
import { requireModelName } from "./model-name.ts";
import { hubFetch } from "./request.ts";
import { settingsOf } from "./settings.ts";

/** A file to upload. */
export interface PushedFile {
  /** Path in the repository. */
  readonly path: string;
  /** Contents, or the `file:` URL of the file. */
  readonly content: Blob | URL;
  /** Size in bytes. */
  readonly size: number;
}

/** Options of {@link pushModel}. */
export interface PushOptions extends HubOptions {
  /** Branch to commit to; is created from `main` if it does not exist. @default "main" */
  readonly revision?: string | undefined;
  /** Whether the repository must be private. @default a new repository is public */
  readonly private?: boolean;
  /** Title of the commit. @default "Upload N files with Bertie" */
  readonly message?: string | undefined;
}

/** Result of {@link pushModel}. */
export interface Pushed {
  /** Hash of the commit. */
  readonly commit: string;
  /** Address of the model. */
  readonly url: string;
  /** Whether the repository did not exist before. */
  readonly created: boolean;
}

/**
 * Uploads files to a model repository as one commit. Creates the repository if it does not exist. Files of the repository
 * that are not uploaded stay unchanged. Runs in Node, Deno and Bun.
 *
 * @param name `user/model`
 * @param files files to upload, see {@link filesToPush}
 * @param options token, branch and visibility
 * @throws BertieError "hub/no-token" without a token, "hub/name" if the name has no user, "hub/not-private" if the repository
 *   exists and is public although `private` is set, and the codes of {@link openHubModel}
 *
 * @example
 * ```ts
 * import { pushModel } from "@bertie/hub";
 *
 * await pushModel("model", []).catch((error) => console.log(error.code)); // hub/name
 * ```
 */
export async function pushModel(
  name: string,
  files: readonly PushedFile[],
  { revision: given, private: isPrivate = false, message, ...options }: PushOptions = {},
): Promise<Pushed> {
  const { repo, revision = "main" } = requireModelName(name, given);
  if (!repo.includes("/")) {
    const text = `${repo}: the name lacks the user or organization. Expected user/model.`;
    throw new BertieError("hub/name", text);
  }
  const settings = await settingsOf(options);
  const subject: Subject = { repo, revision, endpoint: settings.endpoint, token: settings.token };
  if (settings.token === undefined) {
    const text = `${repo}: an upload needs an access token with write permission. Create one on ${settings.endpoint}/settings/tokens, and set HF_TOKEN.`;
    throw new BertieError("hub/no-token", text);
  }
  if (settings.offline) {
    const text = `${repo}: nothing can be uploaded, because HF_HUB_OFFLINE is set. Unset it.`;
    throw new BertieError("hub/offline", text);
  }
  if (!hasFileSystem()) {
    throw new BertieError(
      "hub/not-uploaded",
      `${repo}: uploads from browsers are not supported. Use Node, Deno or Bun.`,
    );
  }
  const { commitIter, createBranch, createRepo, modelInfo } = await import("./library.node.ts");
  const request = { hubUrl: settings.endpoint, fetch: hubFetch(settings, subject) };
  // hubFetch() sends the token; the library would reject tokens of other servers that do not start with "hf_".
  const noToken = { accessToken: "" };
  try {
    const known = await unless("hub/not-found", modelInfo({ ...request, name: repo }));
    if (known === undefined)
      await createRepo({ ...request, ...noToken, repo, visibility: isPrivate ? "private" : "public" });
    else if (isPrivate && !known.private) {
      const text = `${repo}: the repository exists and is public, but a private one is requested. Make it private on ${settings.endpoint}/${repo}/settings, or choose another name.`;
      throw new BertieError("hub/not-private", text);
    }
    if (revision !== "main") {
      const branch = await unless("hub/no-revision", modelInfo({ ...request, name: repo, revision }));
      if (branch === undefined) await createBranch({ ...request, repo, branch: revision });
    }
    const sizes = new Map(files.map(({ path, size }) => [path, size]));
    const commits = commitIter({
      ...request,
      ...{ repo, branch: revision, title: message ?? `Upload ${files.length} files with Bertie` },
      operations: files.map(({ path, content }) => ({ operation: "addOrUpdate", path, content })),
    });
    let step = await commits.next();
    for (; !step.done; step = await commits.next()) {
      const event = step.value;
      if (event.event !== "fileProgress" || event.state !== "uploading") continue;
      const size = sizes.get(event.path) ?? 0;
      settings.onEvent({ type: "upload", file: event.path, bytes: Math.round(event.progress * size), size });
    }
    const tree = revision === "main" ? "" : `/tree/${revision}`;
    const commit = step.value?.commit.oid ?? "";
    return { commit, url: `${settings.endpoint}/${repo}${tree}`, created: known === undefined };
  } catch (cause) {
    if (cause instanceof BertieError && !isTransient(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, " ") : String(cause);
    const code = cause instanceof BertieError ? cause.code : "hub/not-uploaded";
    throw new BertieError(code, `${repo}: the files were not uploaded: ${reason}`, { cause });
  }
}

/** Returns undefined instead of throwing an error with the code. */
async function unless<T>(code: string, result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: unknown) => {
    if (error instanceof BertieError && error.code === code) return undefined;
    throw error;
  });
}
