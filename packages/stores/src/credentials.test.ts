import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectUrl, s3Settings } from "./s3-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "bertie-aws-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const files = {
  AWS_SHARED_CREDENTIALS_FILE: file(
    "credentials",
    "[default]\naws_access_key_id = D\naws_secret_access_key = d=/+\n\n[work]\naws_access_key_id=W\naws_secret_access_key=w\naws_session_token=t\n",
  ),
  AWS_CONFIG_FILE: file(
    "config",
    "# comment\n[default]\nregion = eu-west-1\n[profile work]\nregion = cn-north-1\ns3 =\n  addressing_style = path\n[profile login]\nsso_session = company\n",
  ),
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Answers as the services for temporary keys do. */
const server = createServer(async (request, response) => {
  const { url, method, headers } = request;
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const key = { AccessKeyId: "T", SecretAccessKey: "t", Token: "session", Expiration: expires };
  if (url === "/latest/api/token") response.end(method === "PUT" ? "token" : "");
  else if (url === "/latest/meta-data/iam/security-credentials/") response.end("role\n");
  else if (url === "/latest/meta-data/iam/security-credentials/role")
    response.writeHead(headers["x-aws-ec2-metadata-token"] === "token" ? 200 : 401).end(JSON.stringify(key));
  else if (url === "/container")
    response.writeHead(headers.authorization === "secret" ? 200 : 401).end(JSON.stringify(key));
  else {
    let body = "";
    for await (const chunk of request) body += chunk;
    const query = new URLSearchParams(body);
    const isValid = query.get("WebIdentityToken") === "identity" && query.get("RoleArn") === "arn:role";
    response
      .writeHead(isValid ? 200 : 403)
      .end(
        `<R><Credentials><AccessKeyId>T</AccessKeyId><SecretAccessKey>t</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${expires}</Expiration></Credentials></R>`,
      );
  }
});
let url = "";
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const keyOf = async (env: Record<string, string>) => (await s3Settings({ ...files, ...env })).accessKey();

describe("access keys", () => {
  it("are read from variables, then from the profile", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "V", AWS_SECRET_ACCESS_KEY: "v", AWS_PROFILE: "work" };
    expect(await keyOf(variables)).toMatchObject({ accessKeyId: "V", sessionToken: undefined });
    expect(await keyOf({ AWS_PROFILE: "work" })).toMatchObject({ accessKeyId: "W", sessionToken: "t" });
    expect(await keyOf({})).toMatchObject({ accessKeyId: "D", secretAccessKey: "d=/+" });
    expect(await keyOf({ AWS_SKIP_SIGNATURE: "true" })).toBeUndefined();
  });

  it.each([
    ["a web identity", () => ({ AWS_ENDPOINT_URL_STS: url, AWS_WEB_IDENTITY_TOKEN_FILE: file("token", "identity\n") })],
    [
      "a container",
      () => ({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "secret",
        AWS_SHARED_CREDENTIALS_FILE: "none",
      }),
    ],
    [
      "an instance",
      () => ({
        AWS_EC2_METADATA_DISABLED: "",
        AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
        AWS_SHARED_CREDENTIALS_FILE: "none",
      }),
    ],
  ])("are requested for %s", async (_, env) => {
    const key = await keyOf({ AWS_ROLE_ARN: "arn:role", ...env() });
    expect(key).toMatchObject({ accessKeyId: "T", secretAccessKey: "t", sessionToken: "session" });
    expect(key!.expires).toBeGreaterThan(Date.now());
  });

  it.each([
    [{ AWS_PROFILE: "login" }, /sso_session/],
    [{ AWS_PROFILE: "none" }, /no such profile/],
    [{ AWS_SHARED_CREDENTIALS_FILE: "none" }, /AWS_ACCESS_KEY_ID/],
    [{ AWS_ROLE_ARN: "arn", AWS_WEB_IDENTITY_TOKEN_FILE: "none" }, /token cannot be read/],
  ])("are missing with %j", async (env, message) => {
    await expect(keyOf(env)).rejects.toMatchObject({
      code: "store/credentials",
      message: expect.stringMatching(message),
    });
  });
});

describe("the URL of an object", () => {
  it.each([
    [{}, "b", "https://b.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC"],
    [{}, "b.c", "https://s3.eu-west-1.amazonaws.com/b.c/a%20b/%C3%BC"],
    [{ AWS_PROFILE: "work" }, "b", "https://s3.cn-north-1.amazonaws.com.cn/b/a%20b/%C3%BC"],
    [{ AWS_REGION: "us-east-2" }, "b", "https://b.s3.us-east-2.amazonaws.com/a%20b/%C3%BC"],
    [{ AWS_ENDPOINT_URL: "http://localhost:9000/" }, "b", "http://localhost:9000/b/a%20b/%C3%BC"],
    [{ AWS_ENDPOINT_URL: "http://one", AWS_ENDPOINT_URL_S3: "http://two/s3" }, "b", "http://two/s3/b/a%20b/%C3%BC"],
    [
      { AWS_ENDPOINT_URL: "https://store.example", AWS_VIRTUAL_HOSTED_STYLE_REQUEST: "true" },
      "b",
      "https://b.store.example/a%20b/%C3%BC",
    ],
  ])("with %j and the bucket %s is %s", async (env, bucket, expected) => {
    expect(objectUrl(await s3Settings({ ...files, ...env }), bucket, "a b/ü").href).toBe(expected);
  });
});
