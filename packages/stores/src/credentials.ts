import { BertieError, hasFileSystem } from "@bertie/common";
import type { AccessKey } from "./access-key.ts";
import type { Environment, Profile } from "./store-options.ts";
import { containerKeys, instanceKeys, webIdentityKeys } from "./temporary-keys.ts";

/** Time before the expiry of a temporary key at which a new one is requested. */
const MARGIN_MS = 300_000;

const REMEDY =
  "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for public files set AWS_SKIP_SIGNATURE=true.";

/**
 * Returns a function that finds the access key, in the order of the AWS SDKs: variables, web identity, profile, container,
 * instance. Temporary keys are renewed before they expire.
 *
 * @throws BertieError "store/credentials" if there is no key
 */
export function accessKeys(env: Environment, profile: Profile | undefined, region: string): () => Promise<AccessKey> {
  let current: Promise<AccessKey> | undefined;
  return async () => {
    current ??= findKey(env, profile, region);
    const key = await current.catch((error) => {
      current = undefined;
      throw error;
    });
    if (key.expires === undefined || key.expires - MARGIN_MS > Date.now()) return key;
    current = findKey(env, profile, region);
    return current;
  };
}

async function findKey(env: Environment, profile: Profile | undefined, region: string): Promise<AccessKey> {
  const key =
    keyOf(env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN) ??
    (await webIdentityKeys(env, region)) ??
    keyOf(profile?.aws_access_key_id, profile?.aws_secret_access_key, profile?.aws_session_token);
  if (key !== undefined) return key;
  const kind = ["role_arn", "sso_session", "sso_start_url", "credential_process"].find((name) => profile?.[name]);
  if (kind !== undefined) {
    const text = `the AWS profile gets its credentials by ${kind}, which is not supported. Export them: eval "$(aws configure export-credentials --format env)".`;
    throw new BertieError("store/credentials", text);
  }
  const temporary = (await containerKeys(env)) ?? (hasFileSystem() ? await instanceKeys(env) : undefined);
  if (temporary !== undefined) return temporary;
  throw new BertieError("store/credentials", `no AWS credentials were found. ${REMEDY}`);
}

function keyOf(accessKeyId?: string, secretAccessKey?: string, sessionToken?: string): AccessKey | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined, expires: undefined };
}
