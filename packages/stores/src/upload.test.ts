import { concatenate } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { expandLocation } from "./list-objects.ts";
import { openRemoteFile } from "./remote-file.ts";
import type { Received } from "./testing/store-server.js";
import { useStore } from "./testing/use-store.ts";
import { startObject, type Upload } from "./upload.ts";

/** Larger than a part. */
const large = new Uint8Array(9_000_003).map((_, i) => (i * 2654435761) >>> 13);
const small = large.subarray(0, 1000);

const store = useStore();

const start = (location: string) => startObject(location, { env: store.env, timeoutMs: 2000, attempts: 3 });

async function upload(location: string, bytes: Uint8Array): Promise<Upload> {
  const object = await start(location);
  for (let at = 0; at < bytes.length; at += 999_999) {
    object.write(bytes.subarray(at, at + 999_999));
    await object.drained();
  }
  await object.finish();
  return object;
}

async function read(location: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of (await openRemoteFile(location, { env: store.env })).stream()) parts.push(part);
  return concatenate(parts);
}

const isVisible = (location: string) =>
  openRemoteFile(location, { env: store.env }).then(
    () => true,
    () => false,
  );

/** Applies a fault to the first requests of a kind. */
function disturb(fault: object, times: number, matches: (request: Received) => boolean): void {
  let count = 0;
  store.state.fault = (request) => (matches(request) && count++ < times ? fault : undefined);
}

const isPart = ({ method, url }: Received) => method === "PUT" && url.includes("partNumber");
const isCompletion = ({ method, url }: Received) => method === "POST" && url.includes("uploadId");
const isPut = ({ method, url }: Received) => method === "PUT" && !url.includes("partNumber");

describe.each([
  ["small", small],
  ["large", large],
])("startObject() with a %s object", (kind, bytes) => {
  it("makes the object visible only when it is published", async () => {
    const location = `s3://corpora/${kind}/published`;
    const object = await upload(location, bytes);
    expect(await isVisible(location)).toBe(false);
    await object.publish();
    expect(Buffer.compare(await read(location), bytes)).toBe(0);
    await object.discard();
    expect(await isVisible(location)).toBe(false);
  });

  it("does not replace an object", async () => {
    const location = `s3://corpora/${kind}/existing`;
    const [first, second] = [await upload(location, bytes), await upload(location, bytes.subarray(1))];
    await first.publish();
    await expect(start(location)).rejects.toMatchObject({ code: "output/exists" });
    await expect(second.publish()).rejects.toMatchObject({ code: "output/exists" });
    await second.discard();
    expect((await read(location)).length).toBe(bytes.length);
  });

  it("recognizes its own object if the answer of the store is lost", async () => {
    const location = `s3://corpora/${kind}/lost`;
    const object = await upload(location, bytes);
    disturb({ loseAnswer: true }, 1, (request) => isPut(request) || isCompletion(request));
    await object.publish();
    expect((await read(location)).length).toBe(bytes.length);
  });
});

describe("startObject()", () => {
  it.each([
    ["an unavailable store", { status: 503 }],
    ["lost answers", { loseAnswer: true }],
    ["an error of a part", { status: 500, body: "<Error><Code>InternalError</Code></Error>" }],
  ])("repeats parts after %s", async (name, fault) => {
    const location = `s3://corpora/repeated/${name}`;
    disturb(fault, 2, isPart);
    const object = await upload(location, large);
    await object.publish();
    expect(Buffer.compare(await read(location), large)).toBe(0);
  });

  it("leaves nothing after a failed part", async () => {
    const location = "s3://corpora/failed";
    disturb({ status: 403, body: "<Error><Code>AccessDenied</Code></Error>" }, 9, isPart);
    const object = await start(location);
    object.write(large);
    await expect(object.finish()).rejects.toMatchObject({ code: "store/denied" });
    store.state.requests = [];
    await object.discard();
    expect(store.state.requests.some(({ method, url }) => method === "DELETE" && url.includes("uploadId"))).toBe(true);
    expect(await isVisible(location)).toBe(false);
  });

  it("removes objects that the store creates after a signal", async () => {
    const kinds = { small, large };
    const isCreation = (request: Received) => isPut(request) || isCompletion(request);
    await Promise.all(
      Object.entries(kinds).map(async ([kind, bytes]) => {
        const location = `s3://corpora/signal/${kind}`;
        const controller = new AbortController();
        const object = await startObject(location, { env: store.env, signal: controller.signal });
        object.write(bytes);
        await object.finish();
        // The store receives the request, and its answer never arrives.
        store.state.fault = (request) => {
          if (!isCreation(request)) return undefined;
          if (request.url.includes(kind)) controller.abort(new Error("interrupted"));
          return { stallAfter: 0 };
        };
        await expect(object.publish()).rejects.toThrow("interrupted");
        await object.discard();
        expect(await isVisible(location)).toBe(false);
      }),
    );
  });

  it("reports a store that answers a completion with an error and the status 200", async () => {
    const object = await upload("s3://corpora/incomplete", large);
    disturb({ status: 200, body: "<Error><Code>InternalError</Code></Error>" }, 9, isCompletion);
    await expect(object.publish()).rejects.toMatchObject({ code: "store/unavailable" });
    await object.discard();
    expect(await isVisible("s3://corpora/incomplete")).toBe(false);
  });

  it.each(["https://example.com/ids.bin", "s3://corpora", "s3://corpora/folder/"])("rejects %s", async (location) => {
    await expect(start(location)).rejects.toMatchObject({ code: "output/unusable" });
  });
});

describe("expandLocation()", () => {
  const put = async (location: string) => (await upload(location, small)).publish();
  const expand = (location: string) => expandLocation(location, { env: store.env });

  it("expands patterns and prefixes, sorted", async () => {
    for (const key of ["b.csv", "a.csv", "c.tsv", "deep/d.csv", "d[1].csv"]) await put(`s3://corpora/tables/${key}`);
    expect(await expand("s3://corpora/tables/?.csv")).toEqual([
      "s3://corpora/tables/a.csv",
      "s3://corpora/tables/b.csv",
    ]);
    expect(await expand("s3://corpora/tables/**/d.csv")).toEqual(["s3://corpora/tables/deep/d.csv"]);
    expect((await expand("s3://corpora/tables/")).length).toBe(5);
    expect(await expand("s3://corpora/tables/d[1].csv")).toEqual(["s3://corpora/tables/d[1].csv"]);
    expect(await expand("s3://corpora/tables/none.csv")).toEqual(["s3://corpora/tables/none.csv"]);
    await expect(expand("s3://corpora/tables/*.parquet")).rejects.toMatchObject({ code: "input/missing-file" });
  });

  it("throws the reason of the signal", async () => {
    const controller = new AbortController();
    store.state.fault = () => {
      controller.abort(new Error("interrupted"));
      return { stallAfter: 0 };
    };
    const options = { env: store.env, signal: controller.signal };
    await expect(expandLocation("s3://corpora/tables/", options)).rejects.toThrow("interrupted");
  });

  it("reads lists of several pages", async () => {
    const page = (key: string, rest: string) =>
      `<ListBucketResult><Contents><Key>p/${key}&amp;.txt</Key></Contents>${rest}</ListBucketResult>`;
    store.state.fault = ({ url }) =>
      url.includes("continuation-token=next%2Fpage")
        ? { status: 200, body: page("2", "<IsTruncated>false</IsTruncated>") }
        : {
            status: 200,
            body: page("1", "<IsTruncated>true</IsTruncated><NextContinuationToken>next/page</NextContinuationToken>"),
          };
    expect(await expand("s3://corpora/p/*")).toEqual(["s3://corpora/p/1&.txt", "s3://corpora/p/2&.txt"]);
  });
});
