// Speed of inference with TextClassifier:
//   node scripts/experiments/inference.js --model DIR [--texts 200] [--rounds 6] [--threads N]
//
// Classifies reviews in fp32 and int8 with ONNX Runtime, and in fp32 with TensorFlow if it is installed: alone, in batches of 8
// and in batches of the default size. The variants take turns. Shown are the time and the CPU time per text, each the sum of the
// fastest run of each batch: the CPU time is a usable measure on a machine with other work, too. Then compares the throughput of
// one model with several threads to several models in worker threads, with one thread each.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { TextClassifier } from "@bertie/classifier";

const BATCH = 16;

/** Returns the texts of the bundled reviews. */
function reviews(count) {
  const file = fileURLToPath(new URL("../../examples/data/reviews/train.tsv", import.meta.url));
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .slice(1, count + 1);
  return lines.map((line) => line.split("\t")[1]);
}

/** Classifies batches until the time is over, and returns the number of texts per second. */
async function throughput(classifier, texts, milliseconds) {
  const start = performance.now();
  let count = 0;
  for (let i = 0; performance.now() - start < milliseconds; i = (i + BATCH) % texts.length) {
    const batch = texts.slice(i, i + BATCH);
    await classifier.classify(batch);
    count += batch.length;
  }
  return (1000 * count) / (performance.now() - start);
}

if (isMainThread) await main();
else {
  const { model, precision, texts, milliseconds } = workerData;
  const classifier = await TextClassifier.load(model, { engine: "onnx", device: "cpu", threads: 1, precision });
  await classifier.classify(texts.slice(0, BATCH));
  parentPort.postMessage("ready");
  await new Promise((resolve) => parentPort.once("message", resolve));
  parentPort.postMessage(await throughput(classifier, texts, milliseconds));
}

async function main() {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      texts: { type: "string", default: "200" },
      rounds: { type: "string", default: "6" },
      threads: { type: "string", default: String(availableParallelism()) },
    },
  });
  const { model } = values;
  if (model === undefined) throw new Error("no model: add --model DIR.");
  const texts = reviews(Number(values.texts));
  const threads = Number(values.threads);

  const variants = [];
  for (const options of [
    { engine: "onnx", precision: "fp32" },
    { engine: "onnx", precision: "int8" },
    { engine: "tensorflow", precision: "fp32" },
  ]) {
    const name = `${options.engine} ${options.precision}`;
    const start = performance.now();
    const loaded = await TextClassifier.load(model, { ...options, device: "cpu", threads }).catch((error) => {
      if (error.code !== "engine/unavailable") throw error;
      console.log(`${name}: ${error.message}`);
    });
    if (loaded === undefined) continue;
    console.log(`${name}: loaded in ${(performance.now() - start).toFixed(0)} ms`);
    variants.push({ name, classifier: loaded });
  }

  const expected = await variants[0].classifier.classify(texts);
  for (const { name, classifier } of variants.slice(1)) {
    const actual = await classifier.classify(texts);
    const changed = actual.filter(([best], i) => best.label !== expected[i][0].label).length;
    const scoreOf = (results, label) => results.find((each) => each.label === label).score;
    const differences = actual.flatMap((results, i) =>
      results.map(({ label, score }) => Math.abs(score - scoreOf(expected[i], label))),
    );
    console.log(
      `${name}: ${changed} of ${texts.length} labels changed, largest difference ${Math.max(...differences).toExponential(1)}`,
    );
  }

  // Texts of similar length are in one batch, as in classify().
  const sorted = texts.toSorted((a, b) => b.length - a.length);
  for (const size of [1, 8, 32]) {
    const batches = [];
    for (let i = 0; i < sorted.length; i += size) batches.push(sorted.slice(i, i + size));
    const used = size === 1 ? batches.filter((_, i) => i % 4 === 0) : batches;
    const best = variants.map(() => used.map(() => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]));
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [v, { classifier }] of variants.entries()) {
        for (const [i, batch] of used.entries()) {
          const cpu = process.cpuUsage();
          const start = performance.now();
          await classifier.classify(batch);
          const ms = performance.now() - start;
          const { user, system } = process.cpuUsage(cpu);
          best[v][i] = [Math.min(best[v][i][0], ms), Math.min(best[v][i][1], (user + system) / 1000)];
        }
      }
    }
    const count = used.flat().length;
    const per = (pairs, k) => (pairs.reduce((sum, pair) => sum + pair[k], 0) / count).toFixed(2);
    const shown = variants.map(({ name }, v) => `${name} ${per(best[v], 0)} (CPU ${per(best[v], 1)})`);
    console.log(`batches of ${size}, ms per text: ${shown.join(", ")}`);
  }

  for (const { name, classifier } of variants.slice(0, 2)) {
    const milliseconds = 3000;
    const together = await throughput(classifier, texts, milliseconds);
    const precision = name.split(" ")[1];
    const workers = Array.from({ length: threads }, () => {
      return new Worker(new URL(import.meta.url), { workerData: { model, precision, texts, milliseconds } });
    });
    const next = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
    await next();
    const results = next();
    for (const worker of workers) worker.postMessage("start");
    const separate = (await results).reduce((sum, each) => sum + each, 0);
    for (const worker of workers) await worker.terminate();
    const rate = (value) => `${value.toFixed(0)} texts/s`;
    console.log(
      `${name}, batches of ${BATCH}: one model with ${threads} threads ${rate(together)}, ${threads} models with one thread ${rate(separate)} (${(separate / together).toFixed(2)}x)`,
    );
  }
  for (const { classifier } of variants) await classifier.dispose();
}
