/** Identifies the contents of a file on a server. */
export interface Version {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

/** Returns the version in the headers of a response. */
export function versionOf({ headers }: Response): Version {
  return { etag: headers.get("etag") ?? undefined, modified: headers.get("last-modified") ?? undefined };
}

/** Returns whether two responses can have the same contents. A header that a response lacks is not compared. */
export function isSameVersion(first: Version, other: Version): boolean {
  const differs = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  if (first.etag !== undefined && other.etag !== undefined) return first.etag === other.etag;
  return !differs(first.modified, other.modified);
}

/** Returns the headers with which a server refuses to send another version. */
export function conditionOf({ etag, modified }: Version): Record<string, string> {
  // Weak ETags never match this condition.
  if (etag !== undefined && !etag.startsWith("W/")) return { "if-match": etag };
  return modified === undefined ? {} : { "if-unmodified-since": modified };
}

/** Byte range of a partial response. */
export interface ContentRange {
  readonly from: number;
  /** Byte after the last one. */
  readonly to: number;
  /** Size of the whole file; undefined if the server does not report it. */
  readonly size: number | undefined;
}

/** Returns the range in the headers of a response; undefined if it has none. */
export function rangeOf({ headers }: Response): ContentRange | undefined {
  const [, from, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (from === undefined) return undefined;
  return { from: Number(from), to: Number(last) + 1, size: size === "*" ? undefined : Number(size) };
}
