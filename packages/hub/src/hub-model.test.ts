import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { mkdir, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHubModel } from "./hub-model.ts";
import type { HubEvent, HubOptions } from "./hub-options.ts";
import { startHub, type TestHub } from "./testing/hub-server.js";

const NAME = "ann/tiny";
const config = '{"model_type": "bert"}\n';
const weights = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251);
const SHA256 = "df16f737bfaf0f61a2392de3cec784d57dabd77c8447add8991c37a1763edc4c";
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

let hub: TestHub;
let options: HubOptions & { readonly cacheDir: string };
let events: HubEvent[];

beforeEach(async () => {
  hub = await startHub({
    [NAME]: {
      "config.json": config,
      "model.safetensors": weights,
      "pytorch_model.bin": weights.slice(1),
      "onnx/a.txt": "a",
    },
  });
  events = [];
  const cacheDir = mkdtempSync(join(tmpdir(), "bertie-hub-"));
  options = { endpoint: hub.url, cacheDir, offline: false, onEvent: (event) => events.push(event) };
});
afterEach(() => hub.close());

const downloads = () => hub.requests.filter(({ path }) => path.includes("/resolve/"));
const open = (name = NAME, more: Parameters<typeof openHubModel>[1] = {}) =>
  openHubModel(name, { ...options, ...more });
const folder = () => join(options.cacheDir, "models--ann--tiny");

describe("openHubModel()", () => {
  it("reads files of a commit, and downloads only these files", async () => {
    const model = await open();
    const commit = hub.repositories.get(NAME)!.branches.get("main");
    expect(model).toMatchObject({ name: `${NAME}@${commit}`, repo: NAME, commit });
    expect(await model.list("")).toEqual(["config.json", "model.safetensors", "onnx/", "pytorch_model.bin"]);
    expect(text(await model.read("config.json"))).toBe(config);
    expect(await model.read("model.safetensors")).toEqual(Buffer.from(weights));
    expect(await model.read("vocab.txt")).toBeUndefined();
    expect(new Set(downloads().map(({ path }) => path.split("/").at(-1)))).toEqual(
      new Set(["config.json", "model.safetensors"]),
    );
    expect(events.at(-1)).toEqual({ type: "download", file: "model.safetensors", bytes: 100_000, size: 100_000 });
  });

  it("reads all pages of the list of files", async () => {
    hub.state.pageSize = 3;
    expect(await (await open()).list("")).toEqual(["config.json", "model.safetensors", "onnx/", "pytorch_model.bin"]);
  });

  it("keeps files in the layout of Python's huggingface_hub", async () => {
    const { commit, read } = await open();
    await read("config.json");
    await read("model.safetensors");
    await read("onnx/a.txt");
    const snapshot = join(folder(), "snapshots", commit);
    expect(readFileSync(join(folder(), "refs/main"), "utf8")).toBe(commit);
    expect(readdirSync(join(folder(), "blobs"))).toHaveLength(3);
    const blob = readlinkSync(join(snapshot, "model.safetensors"));
    expect(blob).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(readlinkSync(join(snapshot, "config.json"))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readlinkSync(join(snapshot, "onnx/a.txt"))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readdirSync(join(options.cacheDir, ".locks/models--ann--tiny"))).toEqual([]);
  });

  it("downloads a file once", async () => {
    await (await open()).read("model.safetensors");
    const count = downloads().length;
    expect(await (await open()).read("model.safetensors")).toHaveLength(100_000);
    expect(downloads()).toHaveLength(count);
  });

  it("opens a branch, a tag or a commit, in the name or as an option", async () => {
    const first = hub.repositories.get(NAME)!.branches.get("main")!;
    const second = hub.commit(NAME, "refs/pr/1", { "config.json": "{}" });
    expect((await open(`${NAME}@refs/pr/1`)).commit).toBe(second);
    expect((await open(NAME, { revision: "refs/pr/1" })).commit).toBe(second);
    hub.commit(NAME, "main", { "config.json": "[]" });
    const pinned = await open(`${NAME}@${first}`);
    expect(text(await pinned.read("config.json"))).toBe(config);
    await expect(open(`${NAME}@v1`, { revision: "v2" })).rejects.toMatchObject({ code: "hub/name" });
  });

  it("sends the token to the hub, but not to the storage of its files", async () => {
    hub.state.token = "secret";
    hub.repositories.get(NAME)!.private = true;
    await expect(open()).rejects.toMatchObject({ code: "hub/not-found" });
    hub.requests.length = 0;
    expect(await (await open(NAME, { token: "secret" })).read("model.safetensors")).toHaveLength(100_000);
    const [atStorage, atHub] = [true, false].map((isStorage) =>
      hub.requests.filter(({ host }) => host?.startsWith("localhost") === isStorage),
    );
    expect(atHub!.every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
    expect(atStorage!.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe("an interrupted download", () => {
  it("is continued in the same process", async () => {
    hub.state.cut = { file: "model.safetensors", after: 30_000, times: 1 };
    expect(await (await open()).read("model.safetensors")).toEqual(Buffer.from(weights));
    expect(
      downloads()
        .map(({ range }) => range)
        .filter(Boolean),
    ).toEqual(["bytes=30000-", "bytes=30000-"]);
  });

  it("is resumed by the next process, which requests only the rest", async () => {
    hub.state.cut = { file: "model.safetensors", after: 30_000, times: 1 };
    const once = await open(NAME, { retries: 0 });
    await expect(once.read("model.safetensors")).rejects.toMatchObject({ code: "hub/not-reached" });
    expect(readdirSync(join(folder(), "blobs"))).toEqual([expect.stringMatching(/\.incomplete$/)]);
    hub.requests.length = 0;
    expect(await (await open()).read("model.safetensors")).toEqual(Buffer.from(weights));
    expect(downloads().every(({ range }) => range === "bytes=30000-")).toBe(true);
    expect(readdirSync(join(folder(), "blobs"))).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("starts again if the server ignores the range", async () => {
    hub.state.cut = { file: "model.safetensors", after: 30_000, times: 1 };
    hub.state.ignoresRange = true;
    expect(await (await open()).read("model.safetensors")).toEqual(Buffer.from(weights));
  });
});

describe("a damaged download", () => {
  it.each([
    ["model.safetensors", /expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/],
    ["config.json", /expected Git hash [0-9a-f]{40}, found [0-9a-f]{40}/],
  ])("is rejected and removed: %s", async (file, message) => {
    hub.state.corrupt = file;
    const model = await open();
    await expect(model.read(file)).rejects.toMatchObject({
      code: "hub/corrupt",
      message: expect.stringMatching(message),
    });
    expect(readdirSync(join(folder(), "blobs"))).toEqual([]);
    expect(existsSync(join(folder(), "snapshots"))).toBe(false);
    hub.state.corrupt = undefined;
    expect(await model.read(file)).toBeDefined();
  });
});

describe("offline", () => {
  it("reads the cache without any request", async () => {
    const { commit } = await open();
    await (await open()).read("config.json");
    hub.requests.length = 0;
    const model = await open(NAME, { offline: true });
    expect(model.commit).toBe(commit);
    expect(await model.list("")).toEqual(["config.json"]);
    expect(text(await model.read("config.json"))).toBe(config);
    expect(await model.read("vocab.txt")).toBeUndefined();
    await expect(model.read("model.safetensors")).rejects.toMatchObject({
      code: "hub/offline",
      message: expect.stringContaining(`${NAME}@${commit}/model.safetensors: the model has this file`),
    });
    expect(hub.requests).toEqual([]);
    expect((await open(`${NAME}@${commit}`, { offline: true })).commit).toBe(commit);
  });

  it("rejects a model that the cache does not contain", async () => {
    await expect(open(NAME, { offline: true })).rejects.toMatchObject({
      code: "hub/offline",
      message: expect.stringContaining(`${options.cacheDir} does not contain revision main`),
    });
  });

  it("uses the cache with a warning if the hub cannot be reached", async () => {
    await (await open()).read("config.json");
    hub.state.status = 503;
    const model = await open();
    expect(model.warnings).toEqual([expect.stringMatching(/cannot be reached. Using commit .* of the cache/)]);
    expect(text(await model.read("config.json"))).toBe(config);
  });

  it("reads a cache that Python's huggingface_hub has made", async () => {
    const cacheDir = fileURLToPath(new URL("../fixtures/python-cache", import.meta.url));
    const model = await open(NAME, { offline: true, cacheDir });
    expect(model.commit).toBe("e5847e380a10e2983774dbcda24ae26e08093b3b");
    expect(await model.list("")).toEqual(["config.json", "model.safetensors", "onnx/"]);
    expect(text(await model.read("config.json"))).toBe(config);
    expect(await model.read("model.safetensors")).toHaveLength(5000);
    expect(await model.read("vocab.txt")).toBeUndefined();
  });

  it("reads a cache in Python's layout with another revision", async () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    await mkdir(join(folder(), "blobs"), { recursive: true });
    await mkdir(join(folder(), "refs"));
    await mkdir(join(folder(), "snapshots", commit), { recursive: true });
    writeFileSync(join(folder(), "blobs/abc"), config);
    writeFileSync(join(folder(), "refs/v1"), commit);
    await symlink("../../blobs/abc", join(folder(), "snapshots", commit, "config.json"));
    await symlink("../../blobs/missing", join(folder(), "snapshots", commit, "vocab.txt"));
    const model = await open(`${NAME}@v1`, { offline: true });
    expect(await model.list("")).toEqual(["config.json"]);
    expect(text(await model.read("config.json"))).toBe(config);
  });
});

describe("failures", () => {
  it.each([
    [
      401,
      "hub/not-found",
      /found neither a directory of this name nor a model .*If the model is private, set HF_TOKEN/,
    ],
    [403, "hub/forbidden", /denied access/],
    [404, "hub/not-found", /found neither a directory/],
    [429, "hub/rate-limit", /too many requests \(status 429\). Try again in 17 s/],
    [500, "hub/unavailable", /not available \(status 500\)/],
    [418, "hub/rejected", /status 418/],
  ])("status %i is reported in one line as %s", async (status, code, message) => {
    hub.state.status = status;
    const failure = await open().catch((error: Error) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((failure as Error).message).not.toContain("\n");
  });

  it("reports missing models, missing revisions, rejected tokens and gated models", async () => {
    await expect(open("ann/none")).rejects.toMatchObject({ code: "hub/not-found" });
    await expect(open(`${NAME}@v9`)).rejects.toMatchObject({
      code: "hub/no-revision",
      message: expect.stringContaining("v9"),
    });
    hub.state.token = "secret";
    await expect(open(NAME, { token: "wrong" })).rejects.toMatchObject({ code: "hub/unauthorized" });
    hub.repositories.get(NAME)!.gated = true;
    await expect((await open()).read("config.json")).rejects.toMatchObject({ code: "hub/gated" });
  });

  it("reports a server that cannot be reached or does not respond", async () => {
    const closed = await startHub();
    await closed.close();
    await expect(open(NAME, { endpoint: closed.url })).rejects.toMatchObject({
      code: "hub/not-reached",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    hub.state.hangs = true;
    await expect(open(NAME, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "hub/not-reached",
      message: expect.stringContaining("no response in time"),
    });
  });

  it("reports a cache that cannot be written", async () => {
    const cacheDir = join(options.cacheDir, "file");
    writeFileSync(cacheDir, "");
    await expect(open(NAME, { cacheDir })).rejects.toMatchObject({ code: "hub/cache-not-written" });
  });
});

describe("several processes", () => {
  it("download a file once", async () => {
    const [first, second] = await Promise.all([open(), open()]);
    const contents = await Promise.all([first.read("model.safetensors"), second.read("model.safetensors")]);
    expect(contents).toEqual([Buffer.from(weights), Buffer.from(weights)]);
    expect(downloads().filter(({ path }) => path.endsWith("model.safetensors"))).toHaveLength(2); // with the redirect
  });

  it("take over the lock of a process that has ended", async () => {
    const model = await open();
    const locks = join(options.cacheDir, ".locks/models--ann--tiny");
    await mkdir(locks, { recursive: true });
    const lock = join(locks, `${SHA256}.bertie.lock`);
    writeFileSync(lock, "1");
    await utimes(lock, new Date(0), new Date(0));
    expect(await model.read("model.safetensors")).toHaveLength(100_000);
  });
});
