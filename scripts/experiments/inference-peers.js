// Speed of inference, compared with other programs that run the same weights:
//   node scripts/experiments/inference-peers.js --model DIR [--texts 64] [--rounds 5] [--threads 1]
//
// Exports the model, and classifies reviews in fp32 and in 8 bits: with TextClassifier, with onnxruntime-node on the exported
// files, and with transformers.js on them. TextClassifier gets all texts in one call. onnxruntime-node gets batches of 8 texts of
// similar length, already tokenized, and transformers.js batches of 8 in the order of the file, as its pipeline does not sort
// texts. Then all get every fourth text alone. They take turns.
//
// Shown are the time and the CPU time per text, each of the fastest round. Compare CPU times only with one thread: with several,
// they include the time in which the threads of transformers.js spin.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TextClassifier } from "@bertie/classifier";
import { env, pipeline } from "@huggingface/transformers";
import ort from "onnxruntime-node";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    texts: { type: "string", default: "64" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "1" },
  },
});
if (values.model === undefined) throw new Error("no model: add --model DIR.");
const threads = Number(values.threads);
const file = fileURLToPath(new URL("../../examples/data/reviews/train.tsv", import.meta.url));
const lines = readFileSync(file, "utf8").trimEnd().split("\n");
const texts = lines.slice(1, Number(values.texts) + 1).map((line) => line.split("\t")[1]);
const BATCH = 8;
const batchesOf = (items, size) =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

const directory = mkdtempSync(join(tmpdir(), "bertie-inference-"));
const variants = [];
for (const precision of ["fp32", "int8"]) {
  const options = { engine: "onnx", device: "cpu", threads, precision };
  const classifier = await TextClassifier.load(values.model, options);
  if (precision === "fp32") await classifier.export(join(directory, "model"), { dtypes: ["fp32", "int8"] });
  variants.push({ precision, name: "TextClassifier", run: (some) => classifier.classify(some) });
  variants.push({ precision, name: "onnxruntime-node", run: await exportedRunner(classifier, precision) });
  variants.push({ precision, name: "transformers.js", run: await transformersRunner(classifier, precision) });
}
rmSync(directory, { recursive: true });

const single = texts.filter((_, i) => i % 4 === 0);
for (const [title, count, run] of [
  [`${texts.length} texts`, texts.length, (variant) => variant.run(texts)],
  [
    "one text at a time",
    single.length,
    (variant) => single.reduce((last, text) => last.then(() => variant.run([text])), Promise.resolve()),
  ],
]) {
  const best = new Map(variants.map((variant) => [variant, { time: Infinity, cpu: Infinity }]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [variant, fastest] of best) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      await run(variant);
      const { user, system } = process.cpuUsage(before);
      fastest.time = Math.min(fastest.time, (performance.now() - start) / count);
      fastest.cpu = Math.min(fastest.cpu, (user + system) / 1000 / count);
    }
  console.log(`\n${title}, ${threads} ${threads === 1 ? "thread" : "threads"}`);
  for (const [{ precision, name }, { time, cpu }] of best) {
    const [, reference] = [...best].find(
      ([other]) => other.precision === precision && other.name === "transformers.js",
    );
    const ratio = `${(reference.cpu / cpu).toFixed(2)}x the speed of transformers.js by CPU time, ${(reference.time / time).toFixed(2)}x by time`;
    console.log(`${precision} ${name.padEnd(17)} ${time.toFixed(2)} ms, CPU ${cpu.toFixed(2)} ms per text; ${ratio}`);
  }
}
process.exit(0); // The sessions of the other programs would keep the process alive.

/** Returns a function that runs an exported file on tokenized texts. */
async function exportedRunner({ stages }, precision) {
  const path = join(directory, "model/onnx", precision === "fp32" ? "model.onnx" : "model_quantized.onnx");
  const extra = { session: { intra_op: { allow_spinning: "0" } } };
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: threads, extra });
  const encoded = new Map(stages.encode(texts).map(({ rows: [row] }, i) => [texts[i], row.inputIds]));
  return async (some) => {
    const rows = some.map((text) => encoded.get(text)).sort((a, b) => b.length - a.length);
    for (const batch of batchesOf(rows, BATCH)) {
      const shape = [batch.length, batch[0].length];
      const ids = new BigInt64Array(shape[0] * shape[1]);
      const mask = new BigInt64Array(ids.length);
      for (const [i, row] of batch.entries()) {
        ids.set(BigInt64Array.from(row, BigInt), i * shape[1]);
        mask.fill(1n, i * shape[1], i * shape[1] + row.length);
      }
      const tensor = (data) => new ort.Tensor("int64", data, shape);
      const types = tensor(new BigInt64Array(ids.length));
      await session.run({ input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: types });
    }
  };
}

/** Returns a function that runs an exported file with the pipeline of transformers.js. */
async function transformersRunner({ maxLength }, precision) {
  env.allowRemoteModels = false;
  env.localModelPath = `${directory}/`;
  const dtype = precision === "fp32" ? "fp32" : "q8";
  const classify = await pipeline("text-classification", "model", {
    dtype,
    session_options: { intraOpNumThreads: threads },
  });
  return async (some) => {
    for (const batch of batchesOf(some, BATCH)) await classify(batch, { truncation: true, max_length: maxLength });
  };
}
