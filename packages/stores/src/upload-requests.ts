import { BertieError } from "@bertie/common";
import { failureOfAnswer, isTransientStatus, notReached } from "./failures.ts";
import type { S3Location } from "./locations.ts";
import { withRetries } from "./retry.ts";
import { type S3Request, sendToS3 } from "./s3-request.ts";
import type { S3Settings } from "./s3-settings.ts";
import type { StoreSettings } from "./store-options.ts";
import { elementText, encodeEntities } from "./xml.ts";

/** Object to upload. */
export interface Target {
  readonly s3: S3Settings;
  readonly settings: StoreSettings;
  readonly object: S3Location;
  readonly name: string;
  /** Identifies the upload in the metadata of the object. */
  readonly id: string;
  readonly signal: AbortSignal;
}

/** Object on the store. */
export interface StoredObject {
  readonly size: number;
  /** Identifier of the upload; null for the objects of other programs. */
  readonly id: string | null;
}

/** Name of the header for the identifier of the upload. */
const ID_HEADER = "x-amz-meta-bertie-upload";
/** Slowest transfer that is not a failure, in bytes per second. */
const SLOWEST = 50_000;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Time that a request which creates an object has to end after an interruption, in milliseconds. An object could otherwise
 * become visible after the check whether it has to be removed.
 */
const PATIENCE_MS = 2000;

/** Factor of the time limit for the completion of an upload, during which a store may copy all parts. */
const COMPLETION_FACTOR = 10;

/** Sends a request until it succeeds or fails with a permanent status, which the caller checks. */
async function send(target: Target, request: Omit<S3Request, "object" | "signal">): Promise<Answer> {
  const { s3, settings, object, name } = target;
  const timeoutMs = Math.ceil(settings.timeoutMs + (1000 * (request.body?.length ?? 0)) / SLOWEST);
  return withRetries(settings, target.signal, async () => {
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), target.signal]);
    const response = await sendToS3(s3, { ...request, object, signal }, name);
    const text = await response.text().catch((cause) => {
      throw notReached(name, cause);
    });
    const { status, headers } = response;
    // A store may report an error after it has sent the status 200.
    const isFailure = isTransientStatus(status) && status !== 501;
    if (isFailure || (status === 200 && /<Error>/.test(text))) throw failureOfAnswer(status, text, name);
    return { status, headers, text };
  });
}

function check({ status, text }: Answer, { name }: Target): void {
  if (status < 200 || status > 299) throw failureOfAnswer(status, text, name);
}

/** Returns the object of a target; undefined if it does not exist. */
export async function headObject(target: Target): Promise<StoredObject | undefined> {
  const answer = await send(target, { method: "HEAD" });
  if (answer.status === 404) return undefined;
  check(answer, target);
  return { size: Number(answer.headers.get("content-length")), id: answer.headers.get(ID_HEADER) };
}

/** Starts an upload in parts, and returns its id. */
export async function startUpload(target: Target): Promise<string> {
  const headers = { [ID_HEADER]: target.id, "content-type": "application/octet-stream" };
  const answer = await send(target, { method: "POST", query: { uploads: "" }, headers });
  check(answer, target);
  const id = elementText(answer.text, "UploadId");
  if (id === undefined) throw failureOfAnswer(answer.status, answer.text, target.name);
  return id;
}

/** Uploads a part, counted from 1, and returns its ETag. */
export async function uploadPart(
  target: Target,
  uploadId: string,
  number: number,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const answer = await send(target, { method: "PUT", query: { partNumber: String(number), uploadId }, body });
  check(answer, target);
  const etag = answer.headers.get("etag");
  if (etag === null) throw failureOfAnswer(answer.status, answer.text, target.name);
  return etag;
}

/** Uploads a small object in one request. */
export async function putObject(target: Target, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = { [ID_HEADER]: target.id, "content-type": "application/octet-stream" };
  await create(target, { method: "PUT", headers, body });
}

/** Makes the object of the uploaded parts visible. */
export async function completeUpload(target: Target, uploadId: string, etags: readonly string[]): Promise<void> {
  const parts = etags.map(
    (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${encodeEntities(etag)}</ETag></Part>`,
  );
  const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
  const body = new TextEncoder().encode(xml);
  const headers = { "content-type": "application/xml" };
  const settings = { ...target.settings, timeoutMs: COMPLETION_FACTOR * target.settings.timeoutMs };
  await create({ ...target, settings }, { method: "POST", query: { uploadId }, headers, body });
}

/** Sends a request that creates the object, unless it exists. An attempt may have succeeded although its answer was lost. */
async function create(target: Target, request: Omit<S3Request, "object" | "signal">): Promise<void> {
  const conditional = { ...request, headers: { ...request.headers, "if-none-match": "*" } };
  const once = { ...target, settings: { ...target.settings, attempts: 1 } };
  await withRetries(target.settings, target.signal, async () => {
    target.signal.throwIfAborted();
    const patience = delayedSignal(target.signal, PATIENCE_MS);
    const patient = { ...once, signal: patience.signal };
    let failure: unknown;
    try {
      let answer = await send(patient, conditional);
      // Some stores do not support the condition.
      const isUnknown = answer.status === 501 || (answer.status === 400 && /NotImplemented/.test(answer.text));
      if (isUnknown) answer = await send(patient, request);
      if (answer.status >= 200 && answer.status <= 299) return;
      failure = failureOfAnswer(answer.status, answer.text, target.name);
    } catch (error) {
      failure = error;
    } finally {
      patience.stop();
    }
    const stored = await headObject(target);
    if (stored === undefined) throw failure;
    if (stored.id === target.id) return;
    const text = `${target.name}: another program created the output file during the run. Choose another --output.`;
    throw new BertieError("output/exists", text);
  });
}

/** Returns a signal that aborts some time after another one, until `stop()` is called. */
function delayedSignal(signal: AbortSignal, milliseconds: number) {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => controller.abort(signal.reason), milliseconds);
  };
  signal.addEventListener("abort", onAbort);
  return {
    signal: controller.signal,
    stop(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/** Removes the parts of an upload. */
export async function removeUpload(target: Target, uploadId: string): Promise<void> {
  await send(target, { method: "DELETE", query: { uploadId } });
}

/** Removes an object. */
export async function removeObject(target: Target): Promise<void> {
  check(await send(target, { method: "DELETE" }), target);
}
