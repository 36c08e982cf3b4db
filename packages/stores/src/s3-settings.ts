import { BertieError, hasFileSystem } from "@bertie/common";
import type { AccessKey } from "./access-key.ts";
import { accessKeys } from "./credentials.ts";
import { type Environment, isTrue, type Profile } from "./store-options.ts";

/** Where and how a store is reached. */
export interface S3Settings {
  /** URL of the store; undefined for AWS. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  /** Whether the bucket is in the path of URLs instead of in the host name. */
  readonly usesPaths: boolean;
  /** Returns the key that signs a request; undefined for anonymous requests. */
  readonly accessKey: () => Promise<AccessKey | undefined>;
}

const known = new WeakMap<Environment, Promise<S3Settings>>();

/**
 * Returns the settings of environment variables and profiles. They are read once, so that many files share temporary keys.
 *
 * @throws BertieError "store/setting" if a variable is invalid, "store/credentials" if AWS_PROFILE does not exist
 */
export function s3Settings(env: Environment): Promise<S3Settings> {
  const settings = known.get(env) ?? readS3Settings(env);
  known.set(env, settings);
  return settings;
}

async function readS3Settings(env: Environment): Promise<S3Settings> {
  const profile = hasFileSystem() ? await profileOf(env) : undefined;
  const address = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || profile?.endpoint_url;
  const endpoint = address ? endpointOf(address) : undefined;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || profile?.region || "us-east-1";
  const hosted = env.AWS_VIRTUAL_HOSTED_STYLE_REQUEST;
  const usesPaths = hosted ? !isTrue(hosted) : usesPathsByDefault(endpoint, profile);
  const find = accessKeys(env, profile, region);
  const accessKey = isTrue(env.AWS_SKIP_SIGNATURE) ? async () => undefined : find;
  return { endpoint, region, usesPaths, accessKey };
}

function usesPathsByDefault(endpoint: URL | undefined, profile: Profile | undefined): boolean {
  const style = profile?.addressing_style;
  return style === "path" || (style !== "virtual" && endpoint !== undefined);
}

async function profileOf(env: Environment): Promise<Profile | undefined> {
  const { readProfile } = await import("./aws-profile.node.ts");
  const name = env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE;
  const profile = await readProfile(name || "default", env);
  if (profile !== undefined || !name) return profile;
  const text = `AWS_PROFILE is "${name}", but ~/.aws/credentials and ~/.aws/config have no such profile. Correct AWS_PROFILE.`;
  throw new BertieError("store/credentials", text);
}

function endpointOf(address: string): URL {
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return new URL(address.replace(/\/+$/, ""));
  const text = `the endpoint is "${address}": expected a URL such as https://s3.example.com. Correct AWS_ENDPOINT_URL.`;
  throw new BertieError("store/setting", text);
}

/** Returns the URL of an object, or of a bucket for the key "". */
export function objectUrl({ endpoint, region, usesPaths }: S3Settings, bucket: string, key: string): URL {
  const path = key.split("/").map(encodeURIComponent).join("/");
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const base = endpoint ?? new URL(`https://s3.${region}.${suffix}`);
  // Certificates of AWS do not cover bucket names with dots.
  const inPath = usesPaths || (endpoint === undefined && bucket.includes("."));
  const url = new URL(base);
  if (!inPath) url.hostname = `${bucket}.${base.hostname}`;
  url.pathname = `${base.pathname.replace(/\/$/, "")}${inPath ? `/${bucket}` : ""}${path === "" && inPath ? "" : `/${path}`}`;
  return url;
}
