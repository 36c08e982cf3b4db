import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { concatenate } from "@bertie/common";
import { beforeAll, describe, expect, it } from "vitest";
import { openRemoteFile, type RemoteRange } from "./remote-file.ts";
import { useStore } from "./testing/use-store.ts";
import { startObject } from "./upload.ts";

const SIZE = 6_000_003;
const contents = new Uint8Array(SIZE).map((_, i) => (i * 2654435761) >>> 13);
const LOCATION = "s3://corpora/dir/a b+ü(1)'.bin";

const store = useStore();
beforeAll(() => put(LOCATION, contents));

async function put(location: string, bytes: Uint8Array): Promise<void> {
  const upload = await startObject(location, { env: store.env });
  upload.write(bytes);
  await upload.finish();
  await upload.publish();
}

const open = (location = LOCATION, options = {}) => openRemoteFile(location, { env: store.env, ...options });

async function read(location = LOCATION, range: RemoteRange = {}, options = {}): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of (await open(location, options)).stream(range)) parts.push(part);
  return concatenate(parts);
}

const isEqual = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Applies a fault to the first requests that match. */
function disturb(
  times: number,
  fault: object,
  matches = (range: string | undefined): boolean => range !== undefined,
): () => number {
  let count = 0;
  store.state.fault = ({ range }) => (matches(range) && count++ < times ? fault : undefined);
  return () => count;
}

const isLater = (range: string | undefined): boolean => range !== undefined && !range.startsWith("bytes=0-");

describe("openRemoteFile()", () => {
  it("reads an object and its ranges", async () => {
    const file = await open();
    expect([file.name, file.size, file.hasRanges]).toEqual([LOCATION, SIZE, true]);
    expect(isEqual(await read(), contents)).toBe(true);
    let at = 0;
    for await (const chunk of file.stream({ reusesMemory: true })) {
      expect(isEqual(chunk, contents.subarray(at, at + chunk.length))).toBe(true);
      at += chunk.length;
    }
    expect(at).toBe(SIZE);
    for (const [from, to] of [
      [5, SIZE],
      [300_000, 5_000_001],
      [SIZE - 1, SIZE],
      [7, 7],
    ] as const)
      expect(isEqual(await read(LOCATION, { from, to }), contents.subarray(from, to))).toBe(true);
    expect(await file.read(SIZE - 4, SIZE)).toEqual(contents.slice(-4));
  });

  it("resumes at the byte at which a connection was closed", async () => {
    store.state.requests = [];
    disturb(5, { dropAfter: 500_000 }, isLater);
    expect(isEqual(await read(), contents)).toBe(true);
    expect(store.state.requests.map(({ range }) => range)).toContain("bytes=762144-1310719");
  });

  it.each([500, 503, 429])("repeats requests that fail with status %i", async (status) => {
    const count = disturb(2, { status });
    expect(isEqual(await read(LOCATION, { to: 400_000 }), contents.subarray(0, 400_000))).toBe(true);
    expect(count()).toBeGreaterThan(2);
  });

  it("repeats requests that stall", async () => {
    disturb(2, { stallAfter: 100_000 }, isLater);
    expect(isEqual(await read(LOCATION, {}, { timeoutMs: 400 }), contents)).toBe(true);
  });

  it("reports a store that stays unavailable, after the number of attempts", async () => {
    const count = disturb(Number.POSITIVE_INFINITY, { status: 503 });
    await expect(open(LOCATION, { attempts: 2 })).rejects.toMatchObject({ code: "store/unavailable" });
    expect(count()).toBe(2);
  });

  it("reports an object that is replaced while it is read", async () => {
    await put("s3://corpora/growing", contents.subarray(0, 3_000_000));
    const file = await open("s3://corpora/growing");
    store.state.fault = ({ range }) => (isLater(range) ? { headers: { etag: '"other"' } } : undefined);
    await expect(file.read(1_000_000, 2_000_000)).rejects.toMatchObject({ code: "store/changed" });
  });

  it("throws the reason of the signal while it opens a file", async () => {
    const controller = new AbortController();
    store.state.fault = () => {
      controller.abort(new Error("interrupted"));
      return { stallAfter: 0 };
    };
    await expect(open(LOCATION, { signal: controller.signal })).rejects.toThrow("interrupted");
  });

  it("throws the reason of the signal", async () => {
    const controller = new AbortController();
    disturb(Number.POSITIVE_INFINITY, { stallAfter: 0 }, isLater);
    setTimeout(() => controller.abort(new Error("interrupted")), 100);
    await expect(read(LOCATION, { signal: controller.signal })).rejects.toThrow("interrupted");
  });

  it.each([
    ["s3://corpora/missing", {}, "input/missing-file"],
    ["s3://no-such-bucket/key", {}, "input/missing-file"],
    [LOCATION, { AWS_SECRET_ACCESS_KEY: "wrong" }, "store/denied"],
    [LOCATION, { AWS_ACCESS_KEY_ID: "" }, "store/credentials"],
    [LOCATION, { AWS_PROFILE: "nobody" }, "store/credentials"],
    [LOCATION, { AWS_ENDPOINT_URL: "localhost" }, "store/setting"],
    [LOCATION, { AWS_MAX_ATTEMPTS: "many" }, "store/setting"],
    [LOCATION, { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_MAX_ATTEMPTS: "1" }, "store/not-reached"],
    ["s3://corpora/a/../b", {}, "store/location"],
    ["s3://", {}, "store/location"],
    ["gs://corpora/key", {}, "store/location"],
    ["https://", {}, "store/location"],
  ])("reports %s with %j as %s", async (location, env, code) => {
    const error = await open(location, { env: { ...store.env, ...env } }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code });
  });
});

describe("openRemoteFile() for HTTP servers", () => {
  async function withServer<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/texts.txt`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const large = contents.subarray(0, 1_000_000);

  it("reads a file once from a server without ranges", async () => {
    await withServer(
      (_, response) => response.end(large),
      async (url) => {
        const file = await open(url);
        expect([file.name, file.size, file.hasRanges]).toEqual([url, large.length, false]);
        expect(isEqual(await read(url), large)).toBe(true);
        await expect(file.read(10, 900_000)).rejects.toMatchObject({ code: "store/no-ranges" });
      },
    );
  });

  it("repeats a request that stalls before its answer, if the server has no ranges", async () => {
    let requests = 0;
    await withServer(
      (_, response) => {
        // The first request opens the file, and the second one is never answered.
        if (++requests !== 2) response.end(large);
      },
      async (url) => {
        expect(isEqual(await read(url, {}, { timeoutMs: 300 }), large)).toBe(true);
        expect(requests).toBe(3);
      },
    );
  });

  it("reads a file whose size the server does not report", async () => {
    await withServer(
      (_, response) => {
        response.write(large);
        response.end("end");
      },
      async (url) => {
        expect((await open(url)).size).toBeUndefined();
        expect((await read(url)).length).toBe(large.length + 3);
      },
    );
  });

  it.each([
    [416, { "content-range": "bytes */0" }],
    [200, { "content-length": "0" }],
  ])("reads an empty file from a server that answers with status %i", async (status, headers) => {
    await withServer(
      (_, response) => response.writeHead(status, headers).end(),
      async (url) => {
        expect((await open(url)).size).toBe(0);
        expect((await read(url)).length).toBe(0);
      },
    );
  });

  it("reports an interruption if the server cannot send the rest", async () => {
    await withServer(
      (_, response) => {
        response.writeHead(200, { "content-length": String(large.length) });
        response.write(large.subarray(0, 600_000), () => setTimeout(() => response.destroy(), 20));
      },
      async (url) => {
        await expect(read(url)).rejects.toMatchObject({ code: "store/no-ranges" });
      },
    );
  });

  it("sends the password of the URL, and does not show the password or the query", async () => {
    await withServer(
      (request, response) => response.end(`${request.headers.authorization} ${request.url}`),
      async (url) => {
        const file = await open(`${url.replace("://", "://ann:p%40ss@")}?X-Amz-Signature=secret`);
        expect(file.name).toBe(url);
        const expected = `Basic ${btoa("ann:p@ss")} /texts.txt?X-Amz-Signature=secret`;
        expect(new TextDecoder().decode(await file.head())).toBe(expected);
      },
    );
  });
});
