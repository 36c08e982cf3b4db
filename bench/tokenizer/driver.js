// Runs a job (see implementations.js) with a JavaScript implementation, in Node or Deno.
//   node bench/tokenizer/driver.js '{"module":"./bertie.js","implementation":"lines","vocab":…}'
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { flatten, inputOf, LINE_FEED, timeJob } from "./passes.js";

const job = isMainThread ? JSON.parse(process.argv[2]) : workerData.job;
if (!isMainThread) await work(workerData.part);
else if (job.corpus === undefined) await serve();
else if (job.threads > 1) await timeThreads(readFileSync(job.corpus));
else await time(readFileSync(job.corpus));

async function load() {
  const { [job.implementation]: implementation } = await import(job.module);
  const tokenizer = await implementation.load({ vocab: readFileSync(job.vocab), json: readFileSync(job.json) });
  return { implementation, tokenizer };
}

async function time(bytes) {
  const { implementation, tokenizer } = await load();
  console.log(JSON.stringify(await timeJob(implementation, tokenizer, inputOf(implementation, bytes), job)));
}

/** Runs worker threads, each with its own tokenizer and its own share of the lines. A pass ends when all are done. */
async function timeThreads(bytes) {
  const parts = partsOf(bytes, job.threads);
  const workers = parts.map((part) => new Worker(new URL(import.meta.url), { workerData: { job, part } }));
  const answers = () =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once("message", resolve);
            worker.once("error", reject);
          }),
      ),
    );
  await answers();
  const seconds = [];
  let tokens = 0;
  for (let pass = 0; pass < job.passes; pass++) {
    const start = performance.now();
    for (const worker of workers) worker.postMessage("pass");
    await answers();
    seconds.push((performance.now() - start) / 1000);
  }
  for (const worker of workers) worker.postMessage("count");
  for (const count of await answers()) tokens += count;
  for (const worker of workers) worker.terminate();
  console.log(JSON.stringify({ seconds, tokens }));
}

async function work(bytes) {
  const { implementation, tokenizer } = await load();
  const input = inputOf(implementation, bytes);
  let result;
  parentPort.on("message", async (request) => {
    if (request === "pass") result = await implementation.encode(tokenizer, input, result);
    parentPort.postMessage(request === "pass" ? "done" : flatten(implementation, result).tokens);
  });
  parentPort.postMessage("ready");
}

/** Splits text into parts of about the same size, at line ends. */
function partsOf(bytes, count) {
  const splits = Array.from({ length: count - 1 }, (_, i) => {
    const end = bytes.indexOf(LINE_FEED, Math.floor((bytes.length * (i + 1)) / count));
    return end < 0 ? bytes.length : end + 1;
  });
  const ends = [...splits, bytes.length];
  return ends.map((end, i) => new Uint8Array(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)));
}

/** Reads JSON arrays of texts from stdin, one per line, and prints a JSON array of their ids for each. */
async function serve() {
  const { implementation, tokenizer } = await load();
  if (implementation.takes !== "strings") throw new Error(`${job.implementation} does not accept strings`);
  for await (const line of createInterface({ input: process.stdin })) {
    const texts = JSON.parse(line);
    const rows = implementation.rows(await implementation.encode(tokenizer, implementation.prepare?.(texts) ?? texts));
    process.stdout.write(`${JSON.stringify(Array.from(rows, (row) => Array.from(row)))}\n`);
  }
}
