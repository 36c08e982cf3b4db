import { BertieError, locationName } from "@bertie/common";

/** An object of a bucket, or a prefix of keys. */
export interface S3Location {
  readonly bucket: string;
  /** Key of the object, without a leading slash; "" for the whole bucket. */
  readonly key: string;
}

/** Location on a store: an object on S3 or the URL of a file on an HTTP server. */
export type StoreLocation =
  | { readonly kind: "s3"; readonly name: string; readonly object: S3Location }
  | { readonly kind: "http"; readonly name: string; readonly url: URL };

/**
 * Parses `s3://bucket/key`, `http://…` or `https://…`. Keys are taken literally: `%20` in `s3://…` is not a space. The name,
 * which appears in messages and manifests, has no query and no password, because these may be secrets.
 *
 * @throws BertieError "store/location"
 */
export function parseLocation(location: string): StoreLocation {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location)?.[1]?.toLowerCase();
  if (scheme === "s3") return { kind: "s3", name: location, object: parseS3(location) };
  if (scheme !== "http" && scheme !== "https") throw unknownScheme(location, scheme);
  if (!URL.canParse(location))
    throw new BertieError("store/location", `${location}: expected a URL such as https://example.com/reviews.jsonl.`);
  const url = new URL(location);
  return { kind: "http", name: locationName(location), url };
}

/** Parses `s3://bucket/key`. */
function parseS3(location: string): S3Location {
  const [, bucket, key = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(location) ?? [];
  if (bucket === undefined || !/^[a-z0-9][a-z0-9._-]{1,254}$/i.test(bucket))
    throw new BertieError("store/location", `${location}: expected s3://BUCKET/KEY, with the name of a bucket.`);
  // URLs cannot contain such segments: they would name another key.
  if (key.split("/").some((segment) => segment === "." || segment === ".."))
    throw new BertieError(
      "store/location",
      `${location}: the key has a segment "." or "..". Use the key of the object.`,
    );
  return { bucket, key };
}

function unknownScheme(location: string, scheme: string | undefined): BertieError {
  const advice: Readonly<Record<string, string>> = {
    s3a: "Write s3:// instead.",
    s3n: "Write s3:// instead.",
    gs: "Google Cloud Storage has an S3-compatible endpoint: set AWS_ENDPOINT_URL to it, and write s3://.",
  };
  const text = `${location}: the scheme ${scheme}:// is not supported.`;
  const other = "Use a path, s3://BUCKET/KEY or https://….";
  return new BertieError("store/location", `${text} ${advice[scheme ?? ""] ?? other}`);
}
