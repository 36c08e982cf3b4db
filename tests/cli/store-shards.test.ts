import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { storedShards } from "../../packages/cli/src/merge/stored-shards.ts";
import { bertie, bertieOk, MAIN, ROOT, scratchDirectory, TINY, writeFile } from "./bertie.ts";
import { testStore } from "./store.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const scratch = scratchDirectory();
const store = testStore();
const { get, put, visible } = store;
/** Folder for temporary files, in which no command may leave any. */
const temporary = join(scratch, "tmp");
mkdirSync(temporary);
const temporaryFolders = () => readdirSync(temporary).filter((name) => name.startsWith("bertie-"));

const words = ["很好，", "酒店 ", "room ", "差", "不大不小 "];
const linesOf = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `${Array.from({ length: i % 7 }, (_, k) => words[(i * k) % 5]).join("")}\n`,
  ).join("");
const texts = writeFile(join(scratch, "texts.txt"), linesOf(2500));
const model = [
  ...["--bert-config-file", TINY.config, "--vocab-file", TINY.vocab, "--do-lower-case", "--max-seq-length", "16"],
  ...["--init-checkpoint", TINY.weights, "--num-labels", "3"],
];
const predict = (output: string, ...args: string[]) => [
  ...["predict", "s3://corpora/texts.txt", ...model, "--output-dir", `s3://corpora/${output}`],
  ...args,
];
const tokenize = (output: string, ...args: string[]) => [
  ...["tokenize", "s3://corpora/texts.txt", "--vocab-file", TINY.vocab, "--do-lower-case"],
  ...["--format", "bin", "--output", output, ...args],
];
const env = () => ({ ...store.env, TMPDIR: temporary });
const run = (args: readonly string[]) => bertie(args, { env: env() });
const runOk = (args: readonly string[]) => bertieOk(args, { env: env() });
const manifestOf = async (contents: Uint8Array | Promise<Uint8Array>): Promise<Record<string, unknown>> => ({
  ...(JSON.parse(new TextDecoder().decode(await contents)) as object),
  seconds: 0,
});
const FILES = ["predictions.tsv", "predictions.tsv.manifest.json", "run.json"];

/** Denies uploads whose URL contains a text. */
function denyUpload(part: string): void {
  const denied = { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
  store.state.fault = ({ method, url }) => (method === "PUT" && url.includes(part) ? denied : undefined);
}

/** Starts a command, sends a signal as soon as a condition holds, and returns its exit code. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals, isTime: (output: string) => boolean) {
  let output = "";
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env() } });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const ended = once(child, "close");
  while (child.exitCode === null && !isTime(output)) await sleep(5);
  expect(child.exitCode).toBe(null);
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

beforeAll(async () => {
  await put("texts.txt", readFileSync(texts));
  await Promise.all([
    bertieOk(["predict", texts, ...model, "--output-dir", join(scratch, "local")]),
    runOk(tokenize(join(scratch, "ids", "corpus.bin"))),
    ...[1, 2].map((i) => runOk(predict("parts", "--shard", `${i}/2`))),
  ]);
  await Promise.all([1, 2, 3].map((i) => runOk(tokenize("s3://corpora/ids/", "--shard", `${i}/3`))));
});

describe("bertie predict", () => {
  it("writes a directory, whose shards merge on the store to the same bytes and the same manifest", async () => {
    const whole = await runOk(predict("whole/"));
    expect(whole.stderr).toContain(`written to s3://corpora/whole/: ${FILES.join(", ")}`);
    expect(await visible("whole")).toEqual(FILES);
    const expected = readFileSync(join(scratch, "local", "predictions.tsv"));
    expect((await get("whole/predictions.tsv")).equals(expected)).toBe(true);
    expect(await visible("parts")).toEqual(
      [1, 2].flatMap((i) => FILES.map((name) => `part-0000${i}-of-00002/${name}`)),
    );
    const manifest = await manifestOf(get("whole/predictions.tsv.manifest.json"));
    expect(manifest.inputs).toMatchObject([{ path: "s3://corpora/texts.txt" }]);

    const merged = await runOk(["merge", "s3://corpora/parts/", "--output", "s3://corpora/merged/"]);
    expect(merged.stderr).toBe("merged 2 shards with 2500 records to s3://corpora/merged/predictions.tsv\n");
    const onDisk = join(scratch, "merged.tsv");
    await runOk(["merge", "s3://corpora/parts/part-*", "--output", onDisk]);
    expect((await get("merged/predictions.tsv")).equals(expected)).toBe(true);
    expect(readFileSync(onDisk).equals(expected)).toBe(true);
    expect(await manifestOf(get("merged/predictions.tsv.manifest.json"))).toEqual(manifest);
    expect(temporaryFolders()).toEqual([]);
  });

  it("never replaces objects, and reports them before it reads anything", async () => {
    await put("taken/predictions.tsv.manifest.json", "{}");
    store.state.requests = [];
    const plain = await run(predict("taken"));
    const overwriting = await run(predict("taken", "--overwrite-output-dir"));
    const message = "s3://corpora/taken/predictions.tsv.manifest.json: the output file already exists. Delete it or";
    for (const { code, stderr } of [plain, overwriting]) {
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    }
    expect(overwriting.stderr).toContain("--overwrite-output-dir does not replace objects on a store.");
    expect(new Set(store.state.requests.map(({ method }) => method))).toEqual(new Set(["HEAD"]));
    expect(await visible("taken")).toEqual(["predictions.tsv.manifest.json"]);
  });

  it("leaves nothing visible after a failure or a signal", async () => {
    denyUpload("failed/predictions.tsv.manifest.json");
    const failed = await run(predict("failed"));
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("access denied (status 403")]);
    expect(await visible("failed")).toEqual([]);

    // The store has the object, but never answers.
    const isUpload = ({ method, url }: { readonly method: string; readonly url: string }) =>
      method === "PUT" && url.includes("SIGTERM/run.json");
    store.state.fault = (request) => (isUpload(request) ? { stallAfter: 0 } : undefined);
    expect(await interrupt(predict("SIGTERM"), "SIGTERM", () => store.state.requests.some(isUpload))).toBe(130);
    expect(await visible("SIGTERM")).toEqual([]);
    expect(temporaryFolders()).toEqual([]);

    expect(await interrupt(predict("SIGKILL"), "SIGKILL", (output) => output.includes("LABEL_"))).toBe(null);
    expect(await visible("SIGKILL")).toEqual([]);
  });
});

describe("bertie embed", () => {
  it("removes its object after a signal", async () => {
    const args = ["--model", join(ROOT, "packages/classifier/fixtures/sentence-encoders/dense")];
    const isUpload = ({ method, url }: { readonly method: string; readonly url: string }) =>
      method === "PUT" && url.includes("embedded/texts.npy");
    store.state.fault = (request) => (isUpload(request) ? { stallAfter: 0 } : undefined);
    const embed = ["embed", texts, ...args, "--output", "s3://corpora/embedded/texts.npy"];
    expect(await interrupt(embed, "SIGTERM", () => store.state.requests.some(isUpload))).toBe(130);
    expect(await visible("embedded")).toEqual([]);
  });
});

describe("bertie merge", () => {
  const part = (i: number, extension = "bin") => `tokens-0000${i}-of-00003.${extension}`;

  it("merges named objects, and shards on the store and on disk", async () => {
    await runOk(tokenize(`${join(scratch, "shards")}/`, "--shard", "2/3"));
    const paths = [`s3://corpora/ids/${part(1)}*`, `s3://corpora/ids/${part(3, "bin.manifest.json")}`];
    await runOk(["merge", ...paths, join(scratch, "shards"), "--output", "s3://corpora/mixed/corpus.bin"]);
    expect(await visible("mixed")).toEqual(["corpus.bin", "corpus.bin.manifest.json", "corpus.idx.npy"]);
    for (const name of ["corpus.bin", "corpus.idx.npy"])
      expect((await get(`mixed/${name}`)).equals(readFileSync(join(scratch, "ids", name)))).toBe(true);
    const manifest = await manifestOf(get("mixed/corpus.bin.manifest.json"));
    expect(manifest).toEqual(await manifestOf(readFileSync(join(scratch, "ids", "corpus.bin.manifest.json"))));
  });

  it("names all faulty shards by their locations, and what a killed run left", async () => {
    const copy = async (name: string, change = (bytes: Uint8Array) => bytes, folder = "faulty") =>
      put(`${folder}/${name}`, change(await get(`ids/${name}`)));
    for (const name of await visible("ids")) {
      if (name === part(1)) await copy(name, (bytes) => bytes.subarray(0, 1000));
      else if (name === part(3, "idx.npy"))
        await copy(name, (bytes) => bytes.map((byte, i) => (i === 200 ? byte ^ 1 : byte)));
      else if (name !== part(2, "bin.manifest.json") && name !== part(1, "idx.npy")) await copy(name);
      if (name.startsWith(part(3, ""))) await copy(name, undefined, "copy");
    }
    await put("parts-left/part-00002-of-00002/predictions.tsv", "");
    const folders = ["faulty/", "copy", "parts-left", "absent/"].map((name) => `s3://corpora/${name}`);
    const named = ["s3://corpora/absent.bin", "s3://corpora/absent-*", "http://localhost/x.bin"];
    const output = "s3://corpora/unmerged/corpus.bin";
    const { code, stderr } = await run(["merge", ...folders, ...named, "--output", output]);
    const at = (name: string) => `s3://corpora/faulty/${name}`;
    expect(code).toBe(2);
    for (const line of [
      `warning: ${at(part(2))} was left by a run that was killed`,
      "warning: s3://corpora/parts-left/part-00002-of-00002 was left by a run",
      `${at(part(2))}: shard 2 of 3 is missing. Run it with --shard 2/3`,
      `${at(part(1))}: the file is truncated: 1000 of`,
      `${at(part(3, "idx.npy"))}: the file is damaged: its SHA-256 differs`,
      `s3://corpora/copy/${part(3)}: shard 3 of 3 is also in ${at(part(3))}.`,
      `${at(part(1, "idx.npy"))}: the file is missing.`,
      "s3://corpora/absent/: the directory has no complete shards.",
      "s3://corpora/absent.bin: no such file.",
      "s3://corpora/absent-*: no object matches this pattern.",
      "http://localhost/x.bin: shards cannot be read from an HTTP server.",
    ])
      expect(stderr).toContain(line);
    expect(stderr).not.toContain(temporary);
    expect(await visible("unmerged")).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });

  it.each([
    ["s3://corpora", true, ["s3://corpora"]],
    ["s3://corpora/ids", true, ["s3://corpora/ids"]],
    ["s3://corpora/id", false, ["s3://corpora/id"]],
    [`s3://corpora/ids/${part(1)}`, false, [`s3://corpora/ids/${part(1)}`]],
    ["s3://corpora/ids/*-00001-of-*.npy", false, [`s3://corpora/ids/${part(1, "idx.npy")}`]],
    [
      "s3://corpora/parts/*",
      false,
      [1, 2].map((i) => `s3://corpora/parts/part-0000${i}-of-00002/predictions.tsv.manifest.json`),
    ],
  ])("expands %s, which may name directories: %j", async (location, isDirectory, expanded) => {
    for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value);
    const files = storedShards(temporary, new AbortController().signal);
    const found = await files.expand(location);
    expect(found).toEqual(expanded);
    for (const each of found) expect(await files.isDirectory(each)).toBe(isDirectory);
    vi.unstubAllEnvs();
  });

  it("reports an output that exists before it downloads the shards", async () => {
    await put("existing/corpus.idx.npy", "");
    store.state.requests = [];
    const { code, stderr } = await run(["merge", "s3://corpora/ids", "--output", "s3://corpora/existing/corpus.bin"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("corpus.idx.npy: the output file already exists.")]);
    expect(store.state.requests.filter(({ method, url }) => method === "GET" && url.endsWith(".bin"))).toEqual([]);
  });

  it("leaves nothing visible after a failed upload or a signal during a download", async () => {
    const merge = (output: string) => ["merge", "s3://corpora/ids/", "--output", `s3://corpora/${output}/corpus.bin`];
    denyUpload("not-merged/corpus.bin.manifest.json");
    const failed = await run(merge("not-merged"));
    expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining("access denied (status 403")]);
    expect(await visible("not-merged")).toEqual([]);
    const isDownload = ({ method, url }: { readonly method: string; readonly url: string }) =>
      method === "GET" && url.endsWith(part(3));
    store.state.fault = (request) => (isDownload(request) ? { stallAfter: 100 } : undefined);
    store.state.requests = [];
    const code = await interrupt(merge("interrupted"), "SIGTERM", () => store.state.requests.some(isDownload));
    expect(code).toBe(130);
    expect(await visible("interrupted")).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });
});
