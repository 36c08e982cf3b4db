// Measures `bertie tokenize` on a real S3-compatible store, and checks that interruptions leave nothing visible:
//   node scripts/build.js && node scripts/experiments/s3.js [--bytes 5e9] [--runs 3] [--threads 1] [--folder DIR] [--server s3rver]
// Another server is the path of s3s-fs (cargo install s3s-fs --version 0.14.1 --features binary), which reads files in pieces
// of 4 KiB and is therefore slower than the command.
// Prints the time of alternating runs with a local and a remote input, the memory of the process, and the result of each
// check. Needs 5 times the bytes as free space in the folder, which is emptied afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { expandLocation, openRemoteFile, startObject } from "@bertie/stores";
import { median } from "../../bench/statistics.js";
import { startFaultyProxy } from "../../packages/stores/src/testing/store-server.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { values } = parseArgs({
  options: {
    bytes: { type: "string", default: "5e9" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
    folder: { type: "string", default: tmpdir() },
    server: { type: "string", default: "s3rver" },
  },
});
const bytes = Number(values.bytes);
const folder = mkdtempSync(join(values.folder, "bertie-s3-"));
const input = join(folder, "texts.txt");
/** Number of shards that are merged. */
const SHARDS = 3;
/** The access key and the secret of s3rver. */
const KEY = "S3RVER";
const model = join(root, "examples/models/bge-small-zh-v1.5");
const main = join(root, "packages/cli/dist/main.js");

let isFailed = false;
function check(name, isTrue) {
  console.log(`${isTrue ? "ok    " : "FAILED"}  ${name}`);
  isFailed ||= !isTrue;
}

/** Writes numbered lines of the example reviews until the file has the number of bytes. */
function writeInput() {
  const rows = readFileSync(join(root, "examples/data/reviews/train.tsv"), "utf8").trim().split("\n");
  const texts = rows.map((row) => row.split("\t")[1] ?? row);
  const file = openSync(input, "w");
  for (let size = 0, pass = 0; size < bytes; pass++) {
    const text = texts.map((line, i) => `${pass * texts.length + i} ${line}\n`).join("");
    size += writeSync(file, text);
  }
  closeSync(file);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function startServer() {
  const port = await freePort();
  const directory = join(folder, "store");
  mkdirSync(join(directory, "corpora"), { recursive: true });
  const s3rver = `import S3rver from "@20minutes/s3rver";
    await new S3rver({ address: "127.0.0.1", port: ${port}, silent: true, directory: ${JSON.stringify(directory)},
      configureBuckets: [{ name: "corpora" }] }).run();`;
  const child =
    values.server === "s3rver"
      ? spawn(process.execPath, ["--input-type=module", "--eval", s3rver], { cwd: root, stdio: "inherit" })
      : spawn(
          values.server,
          ["--host", "127.0.0.1", "--port", `${port}`, "--access-key", KEY, "--secret-key", KEY, directory],
          { stdio: "ignore" },
        );
  child.on("error", (error) => {
    throw error;
  });
  for (let tries = 0; tries < 100; tries++) {
    if (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)) break;
    await wait(100);
  }
  return { port, child };
}

const environment = (url) => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: KEY,
});

async function uploadInput(url) {
  const object = await startObject("s3://corpora/texts.txt", { env: environment(url) });
  for await (const chunk of createReadStream(input, { highWaterMark: 1 << 20 })) {
    object.write(chunk);
    await object.drained();
  }
  await object.finish();
  await object.publish();
}

/** Starts `bertie tokenize`, and samples the memory of the process. */
function start(args, url) {
  return startCommand(["tokenize", "--model", model, "--do-lower-case", "--threads", values.threads, ...args], url);
}

/** Starts a command, and samples the memory of the process. */
function startCommand(args, url) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, TMPDIR: folder, ...environment(url) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const memory = [];
  const sampler = setInterval(() => {
    try {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      if (kilobytes !== undefined) memory.push(Number(kilobytes) / 1024);
    } catch {
      // the process has ended
    }
  }, 100);
  const ended = once(child, "close").then(([code]) => {
    clearInterval(sampler);
    return { code, stderr, memory };
  });
  return { child, ended };
}

async function run(name, url) {
  const output = join(folder, `${name}.bin`);
  const { code, stderr, memory } = await start(
    [name === "local" ? input : "s3://corpora/texts.txt", "--output", output],
    url,
  ).ended;
  if (code !== 0) throw new Error(stderr);
  const manifest = JSON.parse(readFileSync(`${output}.manifest.json`, "utf8"));
  for (const file of [output, `${output}.manifest.json`, output.replace(".bin", ".idx.npy")]) rmSync(file);
  return { seconds: manifest.seconds, sha256: manifest.outputs[0].sha256, memory };
}

const largest = (numbers) => Math.max(...numbers);
const manifestOf = async (url, key = "out/ids.bin") =>
  JSON.parse(
    new TextDecoder().decode(
      await (await openRemoteFile(`s3://corpora/${key}.manifest.json`, { env: environment(url) })).head(),
    ),
  );

let server;
try {
  server = await startServer();
  const url = `http://127.0.0.1:${server.port}`;
  writeInput();
  await uploadInput(url);
  const visible = () => expandLocation("s3://corpora/out/", { env: environment(url) }).catch(() => []);

  const results = { local: [], remote: [] };
  for (let i = 0; i < Number(values.runs); i++)
    for (const name of ["local", "remote"]) {
      const { seconds, sha256, memory } = await run(name, url);
      const half = Math.floor(memory.length / 2);
      const [first, second] = [largest(memory.slice(0, half)), largest(memory.slice(half))];
      results[name].push({ seconds, sha256, first, second });
      const speed = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
      console.log(
        `${name.padEnd(6)}  ${seconds.toFixed(1)} s  ${speed}  largest memory ${first.toFixed(0)} MB, then ${second.toFixed(0)} MB`,
      );
    }
  const speeds = Object.values(results).map((runs) => bytes / 1e6 / median(runs.map(({ seconds }) => seconds)));
  const share = speeds[1] / speeds[0];
  console.log(
    `median  local ${speeds[0].toFixed(0)} MB/s, remote ${speeds[1].toFixed(0)} MB/s: ${(100 * share).toFixed(0)}%`,
  );
  const hashes = new Set(Object.values(results).flatMap((runs) => runs.map(({ sha256 }) => sha256)));
  const [expected] = hashes;
  check("local and remote inputs give the same bytes", hashes.size === 1);
  check("a remote input is tokenized at 80% of the local speed or more", share >= 0.8);
  check(
    "memory does not grow with the input",
    results.remote.every(({ first, second }) => second < 1.2 * first),
  );

  const proxy = await startFaultyProxy(server.port);
  let count = 0;
  // Drops every fifth connection after 3 MB.
  proxy.state.fault = ({ range }) => (range !== undefined && ++count % 5 === 0 ? { dropAfter: 3_000_000 } : undefined);
  const dropped = await run("dropped", proxy.url);
  check(`resumes after ${Math.floor(count / 5)} dropped connections`, dropped.sha256 === expected);
  proxy.state.fault = () => undefined;

  const outputTo = (folder) => ["s3://corpora/texts.txt", "--output", `s3://corpora/${folder}/ids.bin`];
  const isPart = (number) => (request) => request.method === "PUT" && request.url.includes(`partNumber=${number}&`);
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    proxy.state.requests = [];
    const { child, ended } = start(outputTo("out"), proxy.url);
    while (!proxy.state.requests.some(isPart(3))) await wait(20);
    child.kill(signal);
    await ended;
    check(`${signal} during an upload leaves nothing visible`, (await visible()).length === 0);
    const isRemoved = proxy.state.requests.some(
      ({ method, url: path }) => method === "DELETE" && path.includes("uploadId"),
    );
    if (signal === "SIGTERM") check("SIGTERM removes the uploaded parts", isRemoved);
  }

  proxy.state.fault = (request) =>
    isPart(3)(request) ? { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } : undefined;
  const failed = await start(outputTo("out"), proxy.url).ended;
  console.log(`        ${failed.stderr.trim()}`);
  check("a failed upload leaves nothing visible", failed.code === 2 && (await visible()).length === 0);

  const written = await start(outputTo("out"), url).ended;
  const isWhole = written.code === 0 && (await manifestOf(url)).outputs[0].sha256 === expected;
  check("an output on the store has the same bytes", isWhole);
  console.log(`        largest memory with a remote output: ${largest(written.memory).toFixed(0)} MB`);

  for (let i = 1; i <= SHARDS; i++) {
    const shard = ["--shard", `${i}/${SHARDS}`, "--format", "bin", "--output", "s3://corpora/shards/"];
    const { code, stderr } = await start(["s3://corpora/texts.txt", ...shard], url).ended;
    if (code !== 0) throw new Error(stderr);
  }
  const merge = ["merge", "s3://corpora/shards/", "--output", "s3://corpora/merged/ids.bin"];
  const started = performance.now();
  const merged = await startCommand(merge, url).ended;
  const seconds = (performance.now() - started) / 1000;
  const isEqual = merged.code === 0 && (await manifestOf(url, "merged/ids.bin")).outputs[0].sha256 === expected;
  check("shards on the store merge on the store to the same bytes", isEqual);
  console.log(`        in ${seconds.toFixed(1)} s, largest memory ${largest(merged.memory).toFixed(0)} MB`);
  await proxy.close();
} finally {
  server?.child.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = isFailed ? 1 : 0;
