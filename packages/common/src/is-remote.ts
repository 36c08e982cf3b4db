/**
 * Returns whether a location has a scheme such as `s3://` or `https://`, so that it is not a path on disk. Locations with
 * `file:` are not remote.
 *
 * @example
 * ```ts
 * import { isRemote } from "@bertie/common";
 *
 * console.log(isRemote("s3://corpora/reviews.jsonl"), isRemote("reviews.jsonl")); // true false
 * ```
 */
export function isRemote(location: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(location);
}
