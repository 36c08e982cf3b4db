import { BertieError } from "@bertie/common";
import { notReached, type Subject } from "./failures.ts";
import { hubFetch } from "./request.ts";
import type { HubSettings } from "./settings.ts";

/** A file of a repository. */
export interface HubFile {
  /** Path in the repository. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** "sha256" for the hash of the contents, "git" for the SHA-1 hash of a Git blob. */
  readonly algorithm: "sha256" | "git";
  /** Hash in hexadecimal digits, which is also the name of the file's contents in the cache. */
  readonly hash: string;
}

/** The files of a repository at a commit. */
export interface Snapshot {
  /** Hash of the commit. */
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
}

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/**
 * Returns the commit of a revision, and its files.
 *
 * @throws BertieError "hub/…"
 */
export async function readSnapshot(settings: HubSettings, subject: Subject): Promise<Snapshot> {
  const { endpoint, repo, revision } = subject;
  const request = hubFetch(settings, subject);
  const model = `${endpoint}/api/models/${repo}`;
  const { sha: commit } = objectOf(await readJson(await request(`${model}/revision/${encodeURIComponent(revision)}`)));
  if (typeof commit !== "string" || !isCommit(commit)) throw invalid(subject, "a model without a commit");
  const files = new Map<string, HubFile>();
  for (let page: string | undefined = `${model}/tree/${commit}?recursive=true`; page !== undefined; ) {
    const response: Response = await request(page);
    const entries = await readJson(response);
    if (!Array.isArray(entries)) throw invalid(subject, "an invalid list of files");
    for (const entry of entries.map(objectOf)) {
      if (entry.type !== "file") continue;
      const file = fileOf(entry);
      if (file === undefined) throw invalid(subject, "an invalid list of files");
      files.set(file.path, file);
    }
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get("Link") ?? "")?.[1];
    page = next && new URL(next, page).href;
  }
  return { commit, files };

  async function readJson(response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch (cause) {
      throw cause instanceof SyntaxError
        ? invalid(subject, "a response that is not JSON", cause)
        : notReached(subject, cause);
    }
  }
}

/** Returns an entry of a list of files; undefined if it is not valid. */
function fileOf({ path, size, oid, lfs }: Readonly<Record<string, unknown>>): HubFile | undefined {
  const isLarge = lfs !== undefined;
  const hash = isLarge ? objectOf(lfs).oid : oid;
  if (typeof path !== "string" || !isSafePath(path) || typeof size !== "number" || !Number.isSafeInteger(size)) return;
  if (typeof hash !== "string" || !(isLarge ? /^[0-9a-f]{64}$/ : COMMIT).test(hash)) return;
  return { path, size, algorithm: isLarge ? "sha256" : "git", hash };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function invalid({ endpoint, repo }: Subject, found: string, cause?: unknown): BertieError {
  const text = `${repo}: ${endpoint} sent ${found}. Check that HF_ENDPOINT is the address of a hub.`;
  return new BertieError("hub/rejected", text, { cause });
}

/** Returns whether a path stays in its folder. */
function isSafePath(path: string): boolean {
  return !/[\\\p{Cc}]|^[A-Za-z]:/u.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part));
}
