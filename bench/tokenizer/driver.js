// A JavaScript contestant, asked by a job (see contestants.js): to time passes over a corpus, or to serve ids. Node or Deno.
//   node bench/tokenizer/driver.js '{"module":"./bertie.js","contestant":"lines","vocab":…}'
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
  const { [job.contestant]: contestant } = await import(job.module);
  const tokenizer = await contestant.load({ vocab: readFileSync(job.vocab), json: readFileSync(job.json) });
  return { contestant, tokenizer };
}

async function time(bytes) {
  const { contestant, tokenizer } = await load();
  console.log(JSON.stringify(await timeJob(contestant, tokenizer, inputOf(contestant, bytes), job)));
}

/** Worker threads, each with a contestant and a part of the lines of its own; a pass is over when all are done. */
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
  const { contestant, tokenizer } = await load();
  const input = inputOf(contestant, bytes);
  let result;
  parentPort.on("message", async (wish) => {
    if (wish === "pass") result = await contestant.encode(tokenizer, input, result);
    parentPort.postMessage(wish === "pass" ? "done" : flatten(contestant, result).tokens);
  });
  parentPort.postMessage("ready");
}

/** Parts of about the same size, that end with a line. */
function partsOf(bytes, count) {
  const cuts = Array.from({ length: count - 1 }, (_, i) => {
    const end = bytes.indexOf(LINE_FEED, Math.floor((bytes.length * (i + 1)) / count));
    return end < 0 ? bytes.length : end + 1;
  });
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => new Uint8Array(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)));
}

/** Answers each line of stdin, a JSON array of texts, with a line: a JSON array of their ids. */
async function serve() {
  const { contestant, tokenizer } = await load();
  if (contestant.takes !== "strings") throw new Error(`${job.contestant} takes no strings`);
  for await (const line of createInterface({ input: process.stdin })) {
    const texts = JSON.parse(line);
    const rows = contestant.rows(await contestant.encode(tokenizer, contestant.prepare?.(texts) ?? texts));
    process.stdout.write(`${JSON.stringify(Array.from(rows, (row) => Array.from(row)))}\n`);
  }
}
