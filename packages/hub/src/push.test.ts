import { afterEach, beforeEach, expect, it } from "vitest";
import { filesToPush } from "./files-to-push.ts";
import type { HubEvent } from "./hub-options.ts";
import { type PushedFile, pushModel } from "./push.ts";
import { startHub, type TestHub } from "./testing/hub-server.js";

const TOKEN = "secret";
const fileOf = (path: string, text: string): PushedFile => ({ path, content: new Blob([text]), size: text.length });
const files = [fileOf("config.json", "{}\n"), fileOf("model.safetensors", "w".repeat(50_000))];

let hub: TestHub;
beforeEach(async () => {
  hub = await startHub();
  hub.state.token = TOKEN;
});
afterEach(() => hub.close());

const push = (name: string, options: Parameters<typeof pushModel>[2] = {}) =>
  pushModel(name, files, { endpoint: hub.url, token: TOKEN, offline: false, ...options });
const contents = (name: string, branch = "main") => {
  const { branches, commits } = hub.repositories.get(name)!;
  return Object.fromEntries([...commits.get(branches.get(branch)!)!].map(([path, bytes]) => [path, bytes.length]));
};

it("pushModel() creates the repository and commits all files", async () => {
  const events: HubEvent[] = [];
  const pushed = await push("ann/new", { onEvent: (event) => events.push(event) });
  expect(pushed).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), url: `${hub.url}/ann/new`, created: true });
  expect(contents("ann/new")).toMatchObject({ "config.json": 3, "model.safetensors": 50_000 });
  expect(hub.repositories.get("ann/new")).toMatchObject({ private: false, summary: "Upload 2 files with Bertie" });
  expect(events).toContainEqual({ type: "upload", file: "model.safetensors", bytes: 50_000, size: 50_000 });
});

it("pushModel() commits to a branch of an existing repository", async () => {
  hub.commit("ann/old", "main", { "config.json": "[]", "other.txt": "kept" });
  const pushed = await push("ann/old", { revision: "v2", message: "Second version" });
  expect(pushed).toMatchObject({ created: false, url: `${hub.url}/ann/old/tree/v2` });
  expect(contents("ann/old")).toEqual({ "config.json": 2, "other.txt": 4 });
  expect(contents("ann/old", "v2")).toEqual({ "config.json": 3, "other.txt": 4, "model.safetensors": 50_000 });
  expect(hub.repositories.get("ann/old")!.summary).toBe("Second version");
});

it("pushModel() creates a private repository, and uploads nothing to a public one if a private one is requested", async () => {
  await push("ann/secret", { private: true });
  expect(hub.repositories.get("ann/secret")!.private).toBe(true);
  hub.commit("ann/old", "main", { "config.json": "[]" });
  await expect(push("ann/old", { private: true })).rejects.toMatchObject({ code: "hub/not-private" });
  expect(contents("ann/old")).toEqual({ "config.json": 2 });
});

it("pushModel() needs a user, a token and a connection", async () => {
  await expect(push("model")).rejects.toMatchObject({ code: "hub/name" });
  await expect(
    pushModel("ann/new", files, { endpoint: hub.url, offline: false, token: "wrong" }),
  ).rejects.toMatchObject({
    code: "hub/unauthorized",
  });
  await expect(push("ann/new", { offline: true })).rejects.toMatchObject({ code: "hub/offline" });
  hub.state.status = 429;
  await expect(push("ann/new")).rejects.toMatchObject({ code: "hub/rate-limit" });
});

it("filesToPush() selects the files of the model", () => {
  const model = [
    "1_Pooling/config.json",
    "README.md",
    "config.json",
    "model.safetensors",
    "onnx/model.onnx",
    "run.json",
    "vocab.txt",
  ];
  const others = [
    "checkpoints/step-2/model.safetensors",
    "predictions.tsv",
    "train.csv",
    "report.html",
    "mistakes.jsonl",
  ];
  expect(filesToPush([...others, ...model])).toEqual(model);
});
