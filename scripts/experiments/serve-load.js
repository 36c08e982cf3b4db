// Load test of `bertie serve`:
//   node scripts/experiments/serve-load.js [--model DIR] [--minutes 5] [--clients 64] [--requests N] [--max-characters N]
//     [--precision int8] [--texts 8] [--argument=--threads --argument=1]
//
// Starts the built command, and sends it requests with one to eight reviews of mixed lengths: first one request at a time, then
// from many clients at once. Every answer is compared with TextClassifier.classify(), and the memory of the server is read from
// /metrics. Without --model, trains a model on the bundled reviews first. Ends with exit code 1 if an answer is wrong.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createTrainer, directoryStorage, TextClassifier } from "@bertie/classifier";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: "string" },
    minutes: { type: "string", default: "5" },
    clients: { type: "string", default: "64" },
    requests: { type: "string", default: "Infinity" },
    texts: { type: "string", default: "8" },
    precision: { type: "string", default: "fp32" },
    "max-characters": { type: "string", default: "200" },
    argument: { type: "string", multiple: true, default: [] },
  },
});
const clients = Number(values.clients);
const minutes = Number(values.minutes);
const limit = Number(values.requests);
const maxTexts = Number(values.texts);
const { precision } = values;
// In int8, a difference in the last bit of a float can become a difference in the last bit of a byte.
const tolerance = precision === "int8" ? 2e-3 : 1e-6;

const model = values.model ?? (await trainModel());
const texts = readFileSync(join(root, "examples/data/reviews/train.tsv"), "utf8")
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t")[1]?.slice(0, Number(values["max-characters"])))
  .filter((text) => text)
  .slice(0, 1000);
const classifier = await TextClassifier.load(model, { engine: "onnx", device: "cpu", precision });
const expected = await classifier.classify(texts);
await classifier.dispose();

const args = [
  "serve",
  `reviews=${model}`,
  "--port",
  "0",
  "--log-format",
  "none",
  "--device",
  "cpu",
  "--engine",
  "onnx",
  "--precision",
  precision,
];
const server = spawn(process.execPath, [join(root, "packages/cli/dist/main.js"), ...args, ...values.argument]);
const port = await new Promise((resolve, reject) => {
  server.on("exit", (code) => reject(new Error(`the server has ended with exit code ${code}`)));
  createInterface(server.stderr).on("line", (line) => {
    const [, found] = /listening on http:\/\/[^:]+:(\d+)/.exec(line) ?? [];
    if (found !== undefined) resolve(Number(found));
    else console.log(line);
  });
});
const agent = new Agent({ keepAlive: true, maxSockets: clients });

let largestDifference = 0;
let wrong = 0;
const errors = new Map();

/** Sends a request with the texts from an index on, and checks the answer. */
async function predict(first, count) {
  const indices = Array.from({ length: count }, (_, i) => (first + i) % texts.length);
  const inputs = count === 1 ? texts[first] : indices.map((i) => [texts[i]]);
  const answer = await post("/predict", JSON.stringify({ inputs }));
  const results = count === 1 ? [answer] : answer;
  for (const [i, index] of indices.entries()) {
    for (const [rank, { label, score }] of expected[index].entries()) {
      const found = results[i].find((each) => each.label === label);
      const difference = Math.abs(found.score - score);
      largestDifference = Math.max(largestDifference, difference);
      if (difference > tolerance || (rank === 0 && Math.abs(results[i][0].score - score) > tolerance)) wrong++;
    }
  }
}

function post(path, body) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = httpRequest(
      { port, host: "127.0.0.1", path, method: body ? "POST" : "GET", agent, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        response.on("end", () => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}: ${text.slice(0, 200)}`));
          else resolve(path === "/metrics" ? text : JSON.parse(text));
        });
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

async function memory() {
  const text = await post("/metrics", "");
  return Number(/^bertie_resident_memory_bytes (\d+)/m.exec(text)[1]) / 2 ** 20;
}

/** Returns the CPU time of the server in seconds. On a machine with other work, it is a better measure than the time. */
function cpuSeconds() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Sends requests from several clients, for some time, and returns the figures. */
async function run(count, milliseconds, most = Number.POSITIVE_INFINITY) {
  const cpuStart = cpuSeconds();
  const latencies = [];
  let sent = 0;
  let classified = 0;
  const start = performance.now();
  const client = async (own) => {
    for (let i = own; performance.now() - start < milliseconds && sent < most; i += count) {
      sent++;
      const size = 1 + ((i * 7) % maxTexts);
      const begin = performance.now();
      try {
        await predict((i * 13) % texts.length, size);
        latencies.push(performance.now() - begin);
        classified += size;
      } catch (error) {
        errors.set(error.message, (errors.get(error.message) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => client(i)));
  const seconds = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  const quantile = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))];
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    texts: classified / seconds,
    cpuMs: (1000 * (cpuSeconds() - cpuStart)) / classified,
    p50: quantile(0.5),
    p99: quantile(0.99),
  };
}

const show = (name, { requests, perSecond, texts: textsPerSecond, cpuMs, p50, p99 }) =>
  console.log(
    `${name}: ${requests} requests, ${perSecond.toFixed(1)} requests/s, ${textsPerSecond.toFixed(1)} texts/s, CPU time ${cpuMs.toFixed(2)} ms/text, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );

await run(clients, 3000);
const single = await run(1, Math.min(60_000, minutes * 12_000));
show("one request at a time", single);
const samples = [await memory()];
const timer = setInterval(async () => samples.push(await memory()), Math.max(1000, minutes * 3000));
const many = await run(clients, minutes * 60_000, limit);
clearInterval(timer);
show(`${clients} clients`, many);
console.log(
  `throughput: ${(many.texts / single.texts).toFixed(2)}x, per CPU time ${(single.cpuMs / many.cpuMs).toFixed(2)}x`,
);
console.log(`largest difference from classify(): ${largestDifference.toExponential(1)}, wrong answers: ${wrong}`);
console.log(`errors: ${JSON.stringify([...errors])}`);
console.log(`memory in MB: ${samples.map((each) => each.toFixed(0)).join(" ")}`);
server.removeAllListeners("exit");
server.kill("SIGTERM");
const [code] = await once(server, "exit");
console.log(`exit code of the server: ${code}`);
process.exit(wrong > 0 || errors.size > 0 || code !== 0 ? 1 : 0);

async function trainModel() {
  const directory = join(mkdtempSync(join(tmpdir(), "bertie-load-")), "model");
  const trainer = await createTrainer({
    model: join(root, "examples/models/bge-small-zh-v1.5"),
    train: { file: join(root, "examples/data/reviews/train.tsv"), label: 0, text: 1 },
    maxSteps: 16,
    maxLength: 128,
    storage: directoryStorage(directory),
  });
  for await (const _ of trainer.run());
  return directory;
}
