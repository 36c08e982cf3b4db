import { AwsV4Signer } from "aws4fetch";
import { notReached } from "./failures.ts";
import type { S3Location } from "./locations.ts";
import { objectUrl, type S3Settings } from "./s3-settings.ts";

/** Request to a bucket or an object. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** The object, or a bucket for the key "". */
  readonly object: S3Location;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** Regions of buckets that are not in the region of the settings. */
const regions = new Map<string, string>();

/**
 * Sends one signed request, and a second one if the store names another region. The signature covers the SHA-256 of the body,
 * so that the store rejects damaged uploads.
 *
 * @throws BertieError "store/not-reached" or "store/credentials"
 */
export async function sendToS3(settings: S3Settings, request: S3Request, name: string): Promise<Response> {
  const { bucket } = request.object;
  const region = regions.get(bucket) ?? settings.region;
  const response = await sendOnce({ ...settings, region }, request, name);
  const actual = response.headers.get("x-amz-bucket-region");
  if (response.ok || actual === null || actual === region || settings.endpoint !== undefined) return response;
  await response.body?.cancel();
  regions.set(bucket, actual);
  return sendOnce({ ...settings, region: actual }, request, name);
}

async function sendOnce(settings: S3Settings, request: S3Request, name: string): Promise<Response> {
  const { method, object, query = {}, body, signal } = request;
  const url = objectUrl(settings, object.bucket, object.key);
  url.search = Object.entries(query)
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .join("&");
  const headers: Record<string, string> = { ...request.headers };
  const key = await settings.accessKey();
  let signed: HeadersInit = headers;
  if (key !== undefined) {
    headers["x-amz-content-sha256"] = await sha256(body ?? new Uint8Array(0));
    const { region } = settings;
    // The library expects no session token rather than an undefined one.
    const { sessionToken, ...pair } = key;
    const session = sessionToken === undefined ? {} : { sessionToken };
    const signer = new AwsV4Signer({ method, url: url.href, headers, ...pair, ...session, service: "s3", region });
    signed = (await signer.sign()).headers;
  }
  try {
    // A redirect to another host would invalidate the signature.
    return await fetch(url, { method, headers: signed, ...(body && { body }), signal, redirect: "manual" });
  } catch (cause) {
    throw notReached(name, signal.aborted ? signal.reason : cause);
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
