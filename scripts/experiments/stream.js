// Tokenizes a large response of a local server with the example stream in Node, Deno, Bun and Chromium, checks that
// the ids are the same as in the output of `bertie tokenize`, and prints the speed and the peak memory.
//   node scripts/experiments/stream.js MEGABYTES TEXT…    TEXT: files from whose lines the response is made
import { execFile } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { build } from "esbuild";
import { hashOfIds, inPage, linesOf, serveFile, tokenizeOptions, varied } from "../check/examples/stream.js";
import { inChromium } from "../chromium.js";

const [megabytes, ...paths] = process.argv.slice(2);
const bytes = 1e6 * Number(megabytes);
const root = fileURLToPath(new URL("../..", import.meta.url));
const vocabulary = join(root, "examples/models/bge-small-zh-v1.5/vocab.txt");
const PART_BYTES = 16e6;
const SAMPLE_MS = 100;

/** Returns the resident memory of a process and its descendants in MB, by their process ids. */
async function memoryOf(pid) {
  const processes = await Promise.all(
    (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readFile(`/proc/${name}/status`, "utf8").catch(() => "")),
  );
  const field = (status, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  const family = new Set([pid]);
  for (const status of processes.toSorted((a, b) => field(a, "Pid") - field(b, "Pid")))
    if (family.has(field(status, "PPid"))) family.add(field(status, "Pid"));
  const members = processes.filter(
    (status) => field(status, "Pid") !== process.pid && family.has(field(status, "Pid")),
  );
  return new Map(members.map((status) => [field(status, "Pid"), field(status, "VmRSS") / 1024]));
}

/** Runs a function, and returns its result, its time in seconds, and the peak memory of the largest process that it has started. */
async function measure(use) {
  let peak = 0;
  const sample = async () => {
    for (const size of (await memoryOf(process.pid)).values()) peak = Math.max(peak, size);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const started = performance.now();
  try {
    const result = await use();
    return { result, seconds: (performance.now() - started) / 1000, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Returns the speed of encodeLines() on the text in memory, in MB/s. */
async function speedInMemory(path) {
  const tokenizer = await BertTokenizer.fromVocab(await readFile(vocabulary), { lowercase: true });
  const file = await open(path);
  const part = Buffer.alloc(PART_BYTES);
  let [seconds, size] = [0, 0];
  for (let reuse; size < Math.min(bytes, 4e8); ) {
    const { bytesRead } = await file.read(part, 0, part.length, size);
    if (bytesRead === 0) break;
    size += bytesRead;
    const started = performance.now();
    reuse = tokenizer.encodeLines(part.subarray(0, bytesRead), { maxLength: 512, reuse });
    seconds += (performance.now() - started) / 1000;
  }
  await file.close();
  return size / 1e6 / seconds;
}

const dist = join(root, "examples/dist/stream");
const common = { bundle: true, format: "esm", outdir: dist, logLevel: "warning" };
const stream = join(root, "examples/stream");
await build({
  ...common,
  entryPoints: [`${stream}/main.ts`, `${stream}/hash-ids.ts`],
  packages: "external",
  platform: "node",
});
const worker = "@bertie/tokenizer-wasm/line-worker";
await build({ ...common, entryPoints: [`${stream}/page.ts`, worker], entryNames: "[name]", absWorkingDir: root });

const folder = await mkdtemp(join(tmpdir(), "bertie-stream-"));
const run = async (program, args) =>
  JSON.parse((await promisify(execFile)(program, args, { cwd: root, maxBuffer: 1 << 26 })).stdout || "null");
try {
  const text = join(folder, "text.txt");
  await pipeline(varied(await linesOf(paths), bytes), createWriteStream(text));
  const output = join(folder, "ids.bin");
  const bertie = [join(root, "packages/bertie/bin/bertie.js"), "tokenize", text, "--vocab-file", vocabulary];
  const command = await measure(() => run(process.execPath, [...bertie, ...tokenizeOptions, "--output", output]));
  const expected = await hashOfIds(output, root);
  const speed = await speedInMemory(text);
  console.log(`${"encodeLines() in memory".padEnd(34)} ${speed.toFixed(0).padStart(4)} MB/s`);
  const print = (name, { seconds, peak }) => {
    const rate = bytes / 1e6 / seconds;
    const share = `${(rate / speed).toFixed(2)}x`;
    console.log(`${name.padEnd(34)} ${rate.toFixed(0).padStart(4)} MB/s  ${share}  peak memory ${peak.toFixed(0)} MB`);
  };
  print("bertie tokenize", command);
  await serveFile(text, async (url) => {
    const deno = ["run", "--allow-all", join(stream, "main.ts"), url, vocabulary];
    const bun = join(root, "node_modules/.bin/bun");
    const programs = [
      ["Node", process.execPath, [join(dist, "main.js"), url, vocabulary]],
      ["Deno", join(root, "node_modules/.bin/deno"), deno],
      ...(existsSync(bun) ? [["Bun", bun, [join(dist, "main.js"), url, vocabulary]]] : []),
    ];
    for (const [name, program, args] of programs) {
      for (const workers of ["0", "1"]) {
        const measured = await measure(() => run(program, [...args, workers]));
        if (measured.result.hash !== expected) throw new Error(`${name}: ${JSON.stringify(measured.result)}`);
        print(`${name}, workers: ${workers}`, measured);
      }
    }
    await inChromium({}, async (page) => {
      const measured = await measure(() => inPage(page, "/examples/stream/", url));
      if (measured.result.hash !== expected) throw new Error(`Chromium: ${JSON.stringify(measured.result)}`);
      print("Chromium, workers: 1", measured);
    });
  });
} finally {
  await rm(folder, { recursive: true });
}
