import { BertieError } from "@bertie/common";
import picomatch from "picomatch";
import { failureOfAnswer, notReached } from "./failures.ts";
import { parseLocation, type S3Location } from "./locations.ts";
import { anySignal } from "./ranges.ts";
import { withRetries } from "./retry.ts";
import { sendToS3 } from "./s3-request.ts";
import { s3Settings } from "./s3-settings.ts";
import { type RequestOptions, type StoreSettings, storeSettings } from "./store-options.ts";
import { elements, elementText } from "./xml.ts";

/**
 * Returns the objects that a location names: the object itself, the objects that match a pattern such as
 * `s3://bucket/parts/*.jsonl.gz`, or, for a location that ends with a slash, all objects below this prefix. Locations on HTTP
 * servers are returned unchanged.
 *
 * @returns sorted locations
 * @throws BertieError "input/missing-file" if no object matches; the errors of {@link openRemoteFile}
 * @example
 * ```ts
 * import { expandLocation } from "@bertie/stores";
 *
 * console.log(await expandLocation("https://example.com/reviews.jsonl")); // ["https://example.com/reviews.jsonl"]
 * ```
 */
export async function expandLocation(location: string, options: RequestOptions = {}): Promise<string[]> {
  const parsed = parseLocation(location);
  if (parsed.kind === "http") return [location];
  const { bucket, key } = parsed.object;
  const isPrefix = key === "" || key.endsWith("/");
  const scan = picomatch.scan(key);
  if (!isPrefix && !scan.isGlob) return [location];
  const settings = await storeSettings(options);
  const prefix = isPrefix ? key : key.slice(0, key.search(/[*?[\]{}()!+@]/));
  const keys = await listKeys({ bucket, key: prefix }, settings, location, options.signal);
  // A key may contain the characters of patterns.
  if (keys.includes(key)) return [location];
  const matches = isPrefix ? () => true : picomatch(key);
  const found = keys.filter((candidate) => !candidate.endsWith("/") && matches(candidate));
  if (found.length > 0) return found.sort().map((name) => `s3://${bucket}/${name}`);
  const what = isPrefix ? "has this prefix. Check the prefix" : "matches this pattern. Check the pattern";
  throw new BertieError("input/missing-file", `${location}: no object ${what}.`);
}

/** Returns the keys that start with a prefix. */
async function listKeys(
  { bucket, key: prefix }: S3Location,
  settings: StoreSettings,
  name: string,
  ofProgram: AbortSignal | undefined,
): Promise<string[]> {
  const s3 = await s3Settings(settings.env);
  const keys: string[] = [];
  for (let token: string | undefined; ; ) {
    const query = {
      ...{ "list-type": "2", prefix },
      ...(token !== undefined && { "continuation-token": token }),
    };
    const page = await withRetries(settings, ofProgram, async () => {
      const signal = anySignal(AbortSignal.timeout(settings.timeoutMs), ofProgram);
      const request = { method: "GET", object: { bucket, key: "" }, query, signal } as const;
      const response = await sendToS3(s3, request, name);
      const answer = await response.text().catch((cause) => {
        throw notReached(name, cause);
      });
      if (!response.ok) throw failureOfAnswer(response.status, answer, name);
      return answer;
    });
    keys.push(...elements(page, "Contents").map((entry) => elementText(entry, "Key") ?? ""));
    token = elementText(page, "IsTruncated") === "true" ? elementText(page, "NextContinuationToken") : undefined;
    if (token === undefined) return keys;
  }
}
