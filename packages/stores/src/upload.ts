import { BertieError } from "@bertie/common";
import { parseLocation } from "./locations.ts";
import { anySignal } from "./ranges.ts";
import { s3Settings } from "./s3-settings.ts";
import { type StoreOptions, storeSettings } from "./store-options.ts";
import {
  completeUpload,
  headObject,
  putObject,
  removeObject,
  removeUpload,
  startUpload,
  uploadPart,
} from "./upload-requests.ts";

/** Size of the first parts in bytes. S3 requires 5 MiB. */
const PART_BYTES = 1 << 23;
/**
 * A part has at least this share of the bytes before it. S3 allows 10,000 parts and 5 TiB: 1400 parts of 8 MiB, and 8600 that
 * grow by 1/1400 each, are 5 TiB.
 */
const GROWTH = 1400;
/** Number of bytes that may wait for the store, in addition to one part. */
const MAX_WAITING = 1 << 25;

/** Options of an upload. */
export interface UploadOptions extends StoreOptions {
  /** Signal that ends all requests, which then throw the signal's reason; `discard()` still removes the upload. */
  readonly signal?: AbortSignal | undefined;
}

/** Object that is being uploaded. It is not visible before `publish()`. */
export interface Upload {
  /** Location of the object. */
  readonly name: string;
  /** Appends bytes, which are copied. */
  write(bytes: Uint8Array): void;
  /**
   * Waits until at most 32 MiB wait for the store.
   *
   * @throws BertieError the error of a failed part
   */
  drained(): Promise<void>;
  /** Uploads the rest. The object is still invisible. */
  finish(): Promise<void>;
  /**
   * Makes the object visible.
   *
   * @throws BertieError "output/exists" if an object of this name exists
   */
  publish(): Promise<void>;
  /** Removes the uploaded bytes, and the object if this upload has published it. */
  discard(): Promise<void>;
}

/**
 * Starts the upload of an object to `s3://bucket/key`. Objects of more than 8 MiB are uploaded in parts. The signature of each
 * request covers the SHA-256 of its bytes, so that the store rejects damaged parts.
 *
 * @throws BertieError "output/exists" if the object exists, "output/unusable" if the location is not on S3
 * @throws BertieError "store/location", "store/setting" or "store/credentials" if the location or the environment is invalid
 * @throws BertieError "store/denied", "store/rejected", "store/unavailable" or "store/not-reached" if the store cannot be used
 * @example
 * ```ts
 * import { startObject } from "@bertie/stores";
 *
 * await startObject("https://example.com/ids.bin").catch((error) => console.log(error.code)); // output/unusable
 * ```
 */
export async function startObject(location: string, options: UploadOptions = {}): Promise<Upload> {
  const parsed = parseLocation(location);
  const { name } = parsed;
  if (parsed.kind === "http" || parsed.object.key === "" || parsed.object.key.endsWith("/"))
    throw new BertieError("output/unusable", `${name}: files cannot be written there. Use a path or s3://BUCKET/KEY.`);
  const settings = await storeSettings(options);
  const s3 = await s3Settings(settings.env);
  const controller = new AbortController();
  const target = {
    s3,
    settings,
    object: parsed.object,
    name,
    id: crypto.randomUUID(),
    signal: anySignal(controller.signal, options.signal),
  };
  if ((await headObject(target)) !== undefined) throw exists(name);

  let buffer = new Uint8Array(PART_BYTES);
  let filled = 0;
  let size = 0;
  let waiting = 0;
  let count = 0;
  let uploadId: Promise<string> | undefined;
  let mayBeVisible = false;
  const etags: string[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  function sendPart(): void {
    const part = buffer.subarray(0, filled);
    const number = ++count;
    uploadId ??= startUpload(target);
    waiting += part.length;
    const sending = uploadId
      .then((upload) => uploadPart(target, upload, number, part))
      .then((etag) => {
        etags[number - 1] = etag;
      })
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => {
        waiting -= part.length;
        running.delete(sending);
      });
    running.add(sending);
    buffer = new Uint8Array(Math.max(PART_BYTES, Math.ceil(size / GROWTH)));
    filled = 0;
  }

  async function waitUntil(limit: number): Promise<void> {
    while (waiting > limit && failure === undefined) await Promise.race(running);
    if (failure !== undefined) throw failure.error;
  }

  return {
    name,
    write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + buffer.length - filled);
        buffer.set(piece, filled);
        filled += piece.length;
        size += piece.length;
        at += piece.length;
        if (filled === buffer.length) sendPart();
      }
    },
    drained: () => waitUntil(MAX_WAITING),
    async finish() {
      if (uploadId !== undefined && filled > 0) sendPart();
      await waitUntil(0);
    },
    async publish() {
      // The store cannot refuse to replace an object if it does not support conditional requests.
      if ((await headObject(target)) !== undefined) throw exists(name);
      mayBeVisible = true;
      if (uploadId === undefined) await putObject(target, buffer.subarray(0, filled));
      else await completeUpload(target, await uploadId, etags);
      const published = await headObject(target);
      if (published?.size === size) return;
      const text = `${name}: the store has ${published?.size ?? 0} bytes of the object instead of ${size}. Try again.`;
      throw new BertieError("output/not-written", text);
    },
    async discard() {
      controller.abort();
      const upload = await uploadId?.catch(() => undefined);
      await Promise.allSettled(running);
      // After an interruption, the user waits for this.
      const patience = { attempts: Math.min(2, settings.attempts), timeoutMs: Math.min(5000, settings.timeoutMs) };
      const remains = { ...target, settings: { ...settings, ...patience }, signal: new AbortController().signal };
      // Parts of an upload are never visible, so the error that ended the upload is reported rather than this one.
      if (upload !== undefined) await removeUpload(remains, upload).catch(() => undefined);
      if (mayBeVisible && (await headObject(remains))?.id === target.id) await removeObject(remains);
    },
  };
}

function exists(name: string): BertieError {
  return new BertieError("output/exists", `${name}: the output file already exists. Delete it or choose another name.`);
}
