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

/**
 * Returns a location for messages and records: the locations of HTTP servers without their query and password, which may be
 * secrets. Other locations and paths are returned unchanged.
 *
 * @example
 * ```ts
 * import { locationName } from "@bertie/common";
 *
 * console.log(locationName("https://ann:secret@example.com/a.txt?token=secret")); // https://example.com/a.txt
 * ```
 */
export function locationName(location: string): string {
  if (!/^https?:\/\//i.test(location) || !URL.canParse(location)) return location;
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname}`;
}
