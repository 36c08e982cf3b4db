import { BertieError } from "@bertie/common";
import type { AccessKey } from "./access-key.ts";
import { type Environment, isTrue } from "./store-options.ts";
import { elementText } from "./xml.ts";

/** Time limit for services that answer at once, in milliseconds. */
const TIMEOUT_MS = 5000;
/** Time limit for the metadata service of EC2, which other machines do not have. */
const INSTANCE_TIMEOUT_MS = 1000;

const CONTAINER_HOST = "http://169.254.170.2";
const INSTANCE_HOST = "http://169.254.169.254";

/**
 * Exchanges the token of a Kubernetes service account or of a CI job for an access key.
 *
 * @returns undefined if AWS_WEB_IDENTITY_TOKEN_FILE is not set
 * @throws BertieError "store/credentials"
 */
export async function webIdentityKeys(env: Environment, region: string): Promise<AccessKey | undefined> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = env;
  if (!file || !role) return undefined;
  const query = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: env.AWS_ROLE_SESSION_NAME ?? "bertie",
    WebIdentityToken: await tokenIn(file),
  });
  const endpoint = env.AWS_ENDPOINT_URL_STS ?? `https://sts.${region}.amazonaws.com`;
  const answer = await requestText(`${endpoint}/`, { method: "POST", body: query }, TIMEOUT_MS);
  const text = (name: string) => elementText(answer, name);
  return keyFrom(endpoint, text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"), text("Expiration"));
}

/** Returns the key of a container of ECS or of an EKS pod; undefined elsewhere. */
export async function containerKeys(env: Environment): Promise<AccessKey | undefined> {
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const url = relative ? `${CONTAINER_HOST}${relative}` : env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (!url) return undefined;
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file ? await tokenIn(file) : env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const headers = token ? { authorization: token } : undefined;
  return keyFromJson(url, await requestText(url, headers === undefined ? {} : { headers }, TIMEOUT_MS));
}

/** Returns the key of the role of an EC2 instance; undefined on other machines. */
export async function instanceKeys(env: Environment): Promise<AccessKey | undefined> {
  if (isTrue(env.AWS_EC2_METADATA_DISABLED)) return undefined;
  const host = (env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? INSTANCE_HOST).replace(/\/$/, "");
  const request = (path: string, init: RequestInit) => requestText(`${host}/latest/${path}`, init, INSTANCE_TIMEOUT_MS);
  const lifetime = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const token = await request("api/token", { method: "PUT", headers: lifetime }).catch(() => undefined);
  if (token === undefined) return undefined;
  const headers = { "x-aws-ec2-metadata-token": token };
  const folder = "meta-data/iam/security-credentials/";
  const role = await request(folder, { headers }).catch(() => undefined);
  return role === undefined ? undefined : keyFromJson(host, await request(folder + role.trim(), { headers }));
}

async function tokenIn(file: string): Promise<string> {
  const { readText } = await import("./aws-profile.node.ts");
  return readText(file).catch((cause) => {
    throw new BertieError("store/credentials", `${file}: the token cannot be read. Check the path.`, { cause });
  });
}

async function requestText(url: string, init: RequestInit, timeoutMs: number): Promise<string> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const answer = await response.text();
    if (response.ok) return answer;
    throw new Error(`status ${response.status} ${elementText(answer, "Message") ?? ""}`.trim());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `${url}: no AWS credentials were returned (${reason}). Check the role of this job or machine.`;
    throw new BertieError("store/credentials", text, { cause });
  }
}

function keyFromJson(url: string, answer: string): AccessKey {
  let fields: Record<string, unknown> = {};
  try {
    fields = JSON.parse(answer) as Record<string, unknown>;
  } catch {
    // reported below as an answer without a key
  }
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  return keyFrom(url, text("AccessKeyId"), text("SecretAccessKey"), text("Token"), text("Expiration"));
}

function keyFrom(url: string, id?: string, secret?: string, sessionToken?: string, expiration?: string): AccessKey {
  if (id === undefined || secret === undefined)
    throw new BertieError("store/credentials", `${url}: the answer has no access key. Check the role of this machine.`);
  const expires = expiration === undefined ? Number.NaN : Date.parse(expiration);
  return { accessKeyId: id, secretAccessKey: secret, sessionToken, expires: expires > 0 ? expires : undefined };
}
