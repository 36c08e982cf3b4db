import { BertieError } from "@bertie/common";
import type { Subject } from "./failures.ts";
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
  const { endpoint: hubUrl, repo, revision } = subject;
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const request = { hubUrl, fetch: hubFetch(settings, subject) };
  try {
    const info = await modelInfo({ ...request, name: repo, revision, additionalFields: ["sha"] });
    const commit: unknown = info.sha;
    if (typeof commit !== "string" || !isCommit(commit)) throw invalid(subject, "a model without a commit");
    const files = new Map<string, HubFile>();
    for await (const entry of listFiles({ ...request, repo, revision: commit, recursive: true })) {
      if (entry.type !== "file") continue;
      const { path, size } = entry;
      const hash = entry.lfs?.oid ?? entry.oid;
      const algorithm = entry.lfs === undefined ? "git" : "sha256";
      const isValid = /^[0-9a-f]+$/.test(hash ?? "") && hash?.length === (algorithm === "git" ? 40 : 64);
      if (!isValid || !isSafePath(path) || !Number.isSafeInteger(size))
        throw invalid(subject, "an invalid list of files");
      files.set(path, { path, size, algorithm, hash });
    }
    return { commit, files };
  } catch (cause) {
    throw cause instanceof BertieError ? cause : invalid(subject, "an unexpected response", cause);
  }
}

function invalid({ endpoint, repo }: Subject, found: string, cause?: unknown): BertieError {
  const text = `${repo}: ${endpoint} sent ${found}. Check that HF_ENDPOINT is the address of a hub.`;
  return new BertieError("hub/rejected", text, { cause });
}

/** Returns whether a path stays in its folder. */
function isSafePath(path: string): boolean {
  return !/[\\\p{Cc}]|^[A-Za-z]:/u.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part));
}
