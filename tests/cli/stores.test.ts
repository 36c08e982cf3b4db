import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, MAIN, newsRows, ROOT, scratchDirectory, TINY, TINY_MODEL, writeFile } from "./bertie.ts";
import { testStore } from "./store.ts";
import { QUICKLY, weightsOf } from "./training.ts";

vi.setConfig({ testTimeout: 120_000 });

const scratch = scratchDirectory();
const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];
const asTsv = ["--input-format", "tsv", "--field", "text"];

const lines = Array.from(
  { length: 20_000 },
  (_, i) => `${i % 3 ? "很好，酒店" : "room"}${i % 7}\t${"好".repeat(i % 50)}`,
);
const tsv = `id\ttext\n${lines.join("\n")}`;
const local = writeFile(join(scratch, "corpus.tsv"), tsv);
const halves = [tsv.slice(0, 40_001), tsv.slice(40_001)];

const store = testStore();
const { put, get, visible } = store;
beforeAll(async () => {
  await put("corpus.tsv", tsv);
  await put("corpus.tsv.gz", gzipSync(tsv));
  for (const [i, half] of halves.entries()) await put(`halves/${i}.txt`, half);
});

const onStore = (args: readonly string[], more: object = {}) => bertieOk(args, { env: store.env, ...more });

/** Tokenizes local files, and returns the output. */
async function expectedOf(name: string, args: readonly string[]): Promise<Buffer> {
  await bertieOk([...tokenize, ...args, "--output", join(scratch, name)]);
  return readFileSync(join(scratch, name));
}

const equals = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("bertie tokenize", () => {
  it("reads a pattern of objects and writes objects, with the bytes and the manifest of local files", async () => {
    const paths = halves.map((half, i) => writeFile(join(scratch, `halves/${i}.txt`), half));
    const expected = await expectedOf("halves.npy", paths);
    await onStore([
      ...tokenize,
      "s3://corpora/halves/*.txt",
      "--output",
      "s3://corpora/ids/halves.npy",
      "--threads",
      "2",
    ]);
    expect(equals(await get("ids/halves.npy"), expected)).toBe(true);
    expect(equals(await get("ids/halves.idx.npy"), readFileSync(join(scratch, "halves.idx.npy")))).toBe(true);
    const manifestOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const [manifest, localManifest] = [
      manifestOf(await get("ids/halves.npy.manifest.json")),
      manifestOf(readFileSync(join(scratch, "halves.npy.manifest.json"))),
    ];
    expect(manifest.inputs).toMatchObject([
      { path: "s3://corpora/halves/0.txt" },
      { path: "s3://corpora/halves/1.txt" },
    ]);
    for (const key of ["outputs", "records", "tokens", "text_bytes"]) expect(manifest[key]).toEqual(localManifest[key]);
  });

  it.each([1, 3])("reads shard %i of 3 by a range, with the bytes of the local shard", async (shard) => {
    const part = ["--shard", `${shard}/3`, "--hash-inputs", ...asTsv];
    const expected = await expectedOf(`shard-${shard}.parquet`, [local, ...part]);
    store.state.requests = [];
    const path = join(scratch, `remote-${shard}.parquet`);
    await onStore([...tokenize, "s3://corpora/corpus.tsv", ...part, "--output", path]);
    expect(equals(readFileSync(path), expected)).toBe(true);
    const hashOf = (name: string) =>
      (JSON.parse(readFileSync(join(scratch, `${name}.manifest.json`), "utf8")) as { inputs: [{ sha256: string }] })
        .inputs[0].sha256;
    expect(hashOf(`remote-${shard}.parquet`)).toBe(hashOf(`shard-${shard}.parquet`));
  });

  it("decompresses objects and files of HTTP servers without ranges", async () => {
    const expected = await expectedOf("gz.bin", [local, ...asTsv]);
    const server = createServer((_, response) => response.end(gzipSync(tsv))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/corpus.tsv.gz`;
    for (const [i, input] of [url, "s3://corpora/corpus.tsv.gz"].entries()) {
      const path = join(scratch, `gz-${i}.bin`);
      await onStore([...tokenize, input, ...asTsv, "--output", path]);
      expect(equals(readFileSync(path), expected)).toBe(true);
    }
    server.close();
  });

  it("resumes dropped and stalled connections", async () => {
    const expected = await expectedOf("faults.bin", [local, ...asTsv]);
    let count = 0;
    store.state.fault = ({ range }) =>
      range?.startsWith("bytes=0-") === false
        ? [{ dropAfter: 100_000 }, { status: 503 }, { stallAfter: 50_000 }][count++]
        : undefined;
    const path = join(scratch, "faults-remote.bin");
    const env = { ...store.env, BERTIE_STORE_TIMEOUT: "0.5" };
    await onStore([...tokenize, "s3://corpora/corpus.tsv", ...asTsv, "--output", path], { env });
    expect(count).toBeGreaterThan(2);
    expect(equals(readFileSync(path), expected)).toBe(true);
  });

  it("names the place of an invalid record", async () => {
    await put("broken.jsonl", `${'{"text":"好"}\n'.repeat(1000)}{"text":\n`);
    const args = [...tokenize, "s3://corpora/broken.jsonl", "--input-format", "jsonl"];
    const whole = await bertie(args, { env: store.env });
    expect(whole.stderr).toMatch(/^bertie: s3:\/\/corpora\/broken\.jsonl, line 1001: /);
    const shard = await bertie([...args, "--shard", "2/2"], { env: store.env });
    expect(shard.stderr).toMatch(/^bertie: s3:\/\/corpora\/broken\.jsonl, line \d+ after byte 7504: /);
  });

  const jsonl = `${Array.from({ length: 200_000 }, (_, i) => `好 room ${i % 100}`).join("\n")}\n`;

  it("leaves nothing visible after a failed upload, a signal or the end of the process", async () => {
    await put("many.txt", jsonl.repeat(2));
    const args = (folder: string) => [
      ...tokenize,
      "s3://corpora/many.txt",
      "--output",
      `s3://corpora/${folder}/ids.jsonl`,
    ];
    const isSecondPart = ({ url }: { readonly url: string }) => url.includes("partNumber=2");
    store.state.fault = (request) =>
      isSecondPart(request) ? { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } : undefined;
    const failed = await bertie(args("failed"), { env: store.env });
    expect([failed.code, failed.stderr]).toEqual([
      2,
      expect.stringContaining("access denied (status 403, AccessDenied)"),
    ]);
    expect(await visible("failed")).toEqual([]);

    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      store.state.requests = [];
      // The signal arrives while a part is being uploaded, which the proxy never answers.
      store.state.fault = (request) => (isSecondPart(request) ? { stallAfter: 0 } : undefined);
      const child = spawn(process.execPath, [MAIN, ...args(signal)], { env: { ...process.env, ...store.env } });
      const ended = once(child, "close");
      while (!store.state.requests.some(isSecondPart)) await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill(signal);
      await ended;
      store.state.fault = () => undefined;
      expect(await visible(signal)).toEqual([]);
      const aborted = store.state.requests.some(({ method, url }) => method === "DELETE" && url.includes("uploadId"));
      expect(aborted).toBe(signal === "SIGTERM");
    }
  });

  it("does not replace objects, and publishes nothing if one output exists", async () => {
    await put("taken/ids.idx.npy", "old");
    const outcome = await bertie([...tokenize, "s3://corpora/halves/0.txt", "--output", "s3://corpora/taken/ids.bin"], {
      env: store.env,
    });
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("ids.idx.npy: the output file already exists"),
    });
    expect(await visible("taken")).toEqual(["ids.idx.npy"]);
  });

  it.each([
    [["s3://corpora/none.txt"], /no such file/],
    [["s3://corpora/none/*.txt"], /no object matches this pattern/],
    [["s3a://corpora/halves/0.txt"], /Write s3:\/\/ instead/],
  ])("reports %j", async (args, message) => {
    const outcome = await bertie([...tokenize, ...args], { env: store.env });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});

describe("other commands", () => {
  it("train and predict read tables from a store", async () => {
    await put("news/train.tsv", `label\ttext\n${newsRows(24)}`);
    await put("news/dev.tsv", `label\ttext\n${newsRows(9)}`);
    const run = join(scratch, "run");
    const quickly = [...TINY_MODEL, ...QUICKLY, "--no-report", "--no-baseline"];
    const trained = await onStore(["train", "s3://corpora/news/", ...quickly, "--output-dir", run]);
    expect(trained.stdout + trained.stderr).toContain("s3://corpora/news/: train: train.tsv; evaluation: dev.tsv");
    expect(readdirSync(run)).toContain("run.json");
    const paths = ["s3://corpora/news/dev.tsv", writeFile(join(scratch, "dev.tsv"), `label\ttext\n${newsRows(9)}`)];
    const [remote, onDisk] = await Promise.all(paths.map((path) => onStore(["predict", path, "--model", run])));
    expect(remote!.stdout).toBe(onDisk!.stdout);
    await put("texts.txt", "很好\n很差\n");
    const texts = await onStore(["predict", "s3://corpora/texts.txt", "--model", run]);
    expect(texts.stdout).toBe((await onStore(["predict", "--model", run], { stdin: "很好\n很差\n" })).stdout);
    const resumed = join(scratch, "resumed");
    await onStore(["train", "s3://corpora/news/", ...quickly, "--output-dir", resumed, "--stop-after", "1"]);
    await onStore(["train", "--resume", resumed]);
    expect(equals(weightsOf(resumed), weightsOf(run))).toBe(true);
  });

  it("predict records the location of its input without its password and its query", async () => {
    const server = createServer((_, response) => response.end("很好\n很差\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const output = join(scratch, "predicted");
    await bertieOk([
      ...["predict", `http://ann:secret@${host}/texts.txt?token=secret`, "--model", join(scratch, "run")],
      ...["--output-dir", output],
    ]);
    server.close();
    const manifest = readFileSync(join(output, "predictions.tsv.manifest.json"), "utf8");
    expect(manifest).not.toContain("secret");
    expect(JSON.parse(manifest)).toMatchObject({ inputs: [{ path: `http://${host}/texts.txt`, bytes: 14 }] });
  });

  it("train rejects an output directory on a store", async () => {
    const outcome = await bertie(["train", "s3://corpora/news/", ...TINY_MODEL, "--output-dir", "s3://corpora/run"], {
      env: store.env,
    });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining("s3://corpora/run: ") });
  });

  it("embed reads and writes objects", async () => {
    const model = ["--model", join(ROOT, "packages/classifier/fixtures/sentence-encoders/dense")];
    const texts = writeFile(join(scratch, "texts.txt"), "很好\n很差\n酒店\n");
    await put("embed.txt", readFileSync(texts));
    await bertieOk(["embed", texts, ...model, "--output", join(scratch, "embed.npy")]);
    await onStore(["embed", "s3://corpora/embed.txt", ...model, "--output", "s3://corpora/embed/embed.npy"]);
    expect(equals(await get("embed/embed.npy"), readFileSync(join(scratch, "embed.npy")))).toBe(true);
    expect(await visible("embed")).toEqual(["embed.npy"]);
  });
});
