import { BertieError } from "@bertie/common";
import type { HubSettings } from "./settings.ts";

/** A request about a model, for messages. */
export interface Subject extends Pick<HubSettings, "endpoint" | "token"> {
  readonly repo: string;
  readonly revision: string;
}

/** Returns the error for a response with an error status. */
export async function failureOf(response: Response, subject: Subject): Promise<BertieError> {
  const { status, headers } = response;
  const { endpoint, repo, revision, token } = subject;
  const code = headers.get("X-Error-Code");
  await response.body?.cancel().catch(() => undefined);
  if (code === "GatedRepo") {
    const account =
      token === undefined ? "log in there, and set HF_TOKEN" : "and use the token of an account with access";
    const text = `${repo}: access to this model must be requested. Accept its terms on ${endpoint}/${repo}, ${account}.`;
    return new BertieError("hub/gated", text);
  }
  if (code === "RevisionNotFound") {
    const text = `${repo}: the model has no revision ${revision}. Use a branch, a tag or the full hash of a commit; ${endpoint}/${repo}/commits/main lists the commits.`;
    return new BertieError("hub/no-revision", text);
  }
  if (status === 401 && token !== undefined && code !== "RepoNotFound") {
    const text = `${repo}: ${endpoint} rejected the access token (status 401). Check HF_TOKEN, or log in again.`;
    return new BertieError("hub/unauthorized", text);
  }
  if (status === 401 || code === "RepoNotFound" || (status === 404 && code === null)) {
    const access = token === undefined ? "If the model is private, set HF_TOKEN." : "Check that the token can read it.";
    const text = `${repo}: found neither a directory of this name nor a model on ${endpoint} (status ${status}). Check the name. ${access}`;
    return new BertieError("hub/not-found", text);
  }
  if (status === 403) {
    const text = `${repo}: ${endpoint} denied access (status 403). Check that the token in HF_TOKEN may do this.`;
    return new BertieError("hub/forbidden", text);
  }
  if (status === 429) {
    const after = headers.get("Retry-After") ?? "";
    const wait = /^\d+$/.test(after)
      ? `Try again in ${after} s`
      : after === ""
        ? "Try again later"
        : `Try again after ${after}`;
    const hint = token === undefined ? "; requests with a token in HF_TOKEN have a higher limit" : "";
    return new BertieError(
      "hub/rate-limit",
      `${repo}: ${endpoint} received too many requests (status 429). ${wait}${hint}.`,
    );
  }
  if (status >= 500) {
    const text = `${repo}: ${endpoint} is not available (status ${status}). Try again later, or set HF_ENDPOINT to a mirror.`;
    return new BertieError("hub/unavailable", text);
  }
  const detail = headers.get("X-Error-Message");
  const reason = detail === null ? "" : `: ${detail.replace(/\s+/g, " ").slice(0, 200)}`;
  const text = `${repo}: ${endpoint} rejected the request (status ${status}${reason}). Check the name of the model and the token.`;
  return new BertieError("hub/rejected", text);
}

/** Returns the error for a server that cannot be reached, or that stopped responding. */
export function notReached({ endpoint, repo }: Pick<Subject, "endpoint" | "repo">, cause: unknown): BertieError {
  const text = `${repo}: no directory of this name exists, and ${endpoint} cannot be reached (${reasonOf(cause)}). Check the name and the network connection, or set HF_ENDPOINT to a mirror.`;
  return new BertieError("hub/not-reached", text, { cause });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown reason";
  if (cause.name === "TimeoutError") return "no response in time";
  // The fetch of Node reports "fetch failed", with the reason as the cause.
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
  return code.replace(/\s+/g, " ").slice(0, 200) || "unknown reason";
}

/** Returns whether an error may disappear by itself. */
export function isTransient(error: unknown): boolean {
  return error instanceof BertieError && (error.code === "hub/not-reached" || error.code === "hub/unavailable");
}
