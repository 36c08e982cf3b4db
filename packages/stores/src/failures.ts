import { BertieError } from "@bertie/common";
import { elementText } from "./xml.ts";

/** Longest part of an error response that is read, in characters. */
const LONGEST_ANSWER = 1 << 14;

/**
 * Returns the error for a response with an error status.
 *
 * @param name name of the file in the message
 */
export async function failureOf(response: Response, name: string): Promise<BertieError> {
  const { status } = response;
  const answer = (await response.text().catch(() => "")).slice(0, LONGEST_ANSWER);
  return failureOfAnswer(status, answer, name);
}

/** Returns the error for the status and the text of a response. */
export function failureOfAnswer(status: number, answer: string, name: string): BertieError {
  const code = elementText(answer, "Code");
  const reason = `status ${status}${code === undefined ? "" : `, ${code}`}`;
  if (code === "NoSuchBucket") return missing(name, "the bucket does not exist. Check its name and AWS_ENDPOINT_URL.");
  if (status === 404 || status === 410) return missing(name, "no such file. Check the location.");
  if (code === "RequestTimeTooSkewed")
    return new BertieError("store/denied", `${name}: the store rejects the time of this machine. Set its clock.`);
  if (code === "ExpiredToken" || code === "InvalidAccessKeyId" || code === "SignatureDoesNotMatch")
    return denied(name, reason, "Check the access key (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).");
  if (status === 401 || status === 403) return denied(name, reason, "Check the credentials and their permissions.");
  if (isTransientStatus(status) || code === "SlowDown" || code === "InternalError" || code === "RequestTimeout")
    return new BertieError("store/unavailable", `${name}: the server is not available (${reason}). Try again later.`);
  const detail = elementText(answer, "Message")?.replace(/\s+/g, " ").slice(0, 200);
  const text = `${name}: the server rejected the request (${reason}${detail === undefined ? "" : `: ${detail}`}). Check the location and the region (AWS_REGION).`;
  return new BertieError("store/rejected", text);
}

function missing(name: string, reason: string): BertieError {
  return new BertieError("input/missing-file", `${name}: ${reason}`);
}

function denied(name: string, reason: string, remedy: string): BertieError {
  return new BertieError("store/denied", `${name}: access denied (${reason}). ${remedy}`);
}

/** Returns the error for a server that cannot be reached, or that stopped responding. */
export function notReached(name: string, cause: unknown): BertieError {
  const text = `${name}: the server cannot be reached (${reasonOf(cause)}). Check the network connection and AWS_ENDPOINT_URL.`;
  return new BertieError("store/not-reached", text, { cause });
}

/** Returns the error for a file that was replaced while it was read. */
export function changed(name: string): BertieError {
  const text = `${name}: the file changed while it was being read. Run the command again when the file is complete.`;
  return new BertieError("store/changed", text);
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown reason";
  if (cause.name === "TimeoutError") return "no response in time";
  // The fetch of Node reports "fetch failed", with the reason as the cause.
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
  return code.replace(/\s+/g, " ").slice(0, 200) || "unknown reason";
}

/** Returns whether a status may disappear by itself. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Returns whether an error may disappear by itself. */
export function isTransient(error: unknown): boolean {
  return error instanceof BertieError && (error.code === "store/not-reached" || error.code === "store/unavailable");
}
