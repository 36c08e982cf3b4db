// Speed of inference, compared with other programs that run the same weights:
//   node scripts/experiments/inference-peers.js --model DIR [--texts 96] [--rounds 5] [--threads 2] [--no-python] [--no-compile]
//
// Classifies reviews with TextClassifier, with onnxruntime-node and transformers.js on the exported files, and, if the Python
// environment of bench/training is installed (or PYTHON names another), with ONNX Runtime and transformers.js on the graph of
// transformers that optimum exports, OpenVINO on the exported file, torch and torch.compile. They take turns: batches of 8,
// batches of 32, and every fourth text alone. TextClassifier gets all texts in one call, and makes its own batches. The others get
// batches of texts of similar length, already tokenized. The pipeline of transformers.js tokenizes and does not sort, so its batches
// are in the order of the file. Results are compared with those of TextClassifier in fp32.
//
// Shown are the median time and CPU time per text, the fastest time, and the speed relative to transformers.js with the exported
// file, in fp32, or for 8 and 16 bits in q8. CPU times include the time in which threads spin. Takes about 3 minutes, of which
// torch.compile takes one.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TextClassifier } from "@bertie/classifier";
import { env, pipeline } from "@huggingface/transformers";
import ort from "onnxruntime-node";
import { median } from "../../bench/statistics.js";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    model: { type: "string" },
    texts: { type: "string", default: "96" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    python: { type: "boolean", default: true },
    compile: { type: "boolean", default: true },
  },
});
if (values.model === undefined) throw new Error("no model: add --model DIR.");
const model = resolve(values.model);
const [threads, rounds] = [Number(values.threads), Number(values.rounds)];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const lines = readFileSync(here("../../examples/data/reviews/train.tsv"), "utf8").trimEnd().split("\n");
const texts = lines.slice(1, Number(values.texts) + 1).map((line) => line.split("\t")[1]);
const batchesOf = (items, size) =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
/** Pause between turns, in which the threads of the previous program stop to spin. */
const PAUSE_MS = 30;

const directory = mkdtempSync(join(tmpdir(), "bertie-inference-"));
const exported = join(directory, "model");
const classifiers = [];
for (const [engine, precision] of [
  ["onnx", "fp32"],
  ["onnx", "int8"],
  ["tensorflow", "bf16"],
]) {
  const options = { engine, device: "cpu", threads, precision };
  const classifier = await TextClassifier.load(model, options).catch((error) => {
    if (error.code !== "engine/unavailable" && error.code !== "engine/precision") throw error;
    console.log(`${engine} ${precision}: ${error.message}`);
  });
  if (classifier !== undefined) classifiers.push({ classifier, engine, precision });
}
const [{ classifier }] = classifiers;
await classifier.export(exported, { dtypes: ["fp32", "int8"] });
const rowOf = new Map(classifier.stages.encode(texts).map(({ rows: [row] }, i) => [texts[i], [...row.inputIds]]));

/** Texts in batches, by name of the case, and in the order of the file for transformers.js. */
const sorted = texts.toSorted((a, b) => rowOf.get(b).length - rowOf.get(a).length);
const single = batchesOf(
  sorted.filter((_, i) => i % 4 === 0),
  1,
);
const cases = { 8: batchesOf(sorted, 8), 32: batchesOf(sorted, 32), 1: single };
const unsorted = { ...cases, 8: batchesOf(texts, 8), 32: batchesOf(texts, 32) };
/** Texts of a case in the order in which all programs but transformers.js return them. */
const textsOf = (name) => cases[name].flat();

const programs = classifiers.map(({ classifier, engine, precision }) => ({
  name: `TextClassifier ${engine === "onnx" ? precision : `${precision}, TensorFlow`}`,
  run: inProcess(async (name) => {
    const results = [];
    for (const some of name === "1" ? cases[name] : [textsOf(name)]) results.push(...(await classifier.classify(some)));
    return results.map(([{ label }]) => label);
  }),
}));
const ofPython = values.python ? await pythonPrograms() : [];
for (const precision of ["fp32", "int8"]) {
  programs.push({ name: `onnxruntime-node ${precision}`, run: inProcess(await exportedRunner(precision)) });
  programs.push({ name: `transformers.js ${precision}`, run: inProcess(await transformersRunner("model", precision)) });
  if (ofPython.length > 0) {
    const run = inProcess(await transformersRunner("optimum", precision));
    programs.push({ name: `transformers.js, optimum ${precision}`, run });
  }
}
programs.push(...ofPython);

for (const [name, title] of [
  ["8", "batches of 8"],
  ["32", "batches of 32"],
  ["1", "one text at a time"],
]) {
  const count = textsOf(name).length;
  const expected = (await programs[0].run(name)).labels;
  const rows = [];
  for (const { name: program, run } of programs) {
    const { labels } = await run(name);
    const order = program.startsWith("transformers.js") ? unsorted[name].flat() : textsOf(name);
    const labelOf = new Map(order.map((text, i) => [text, labels[i]]));
    const changed = textsOf(name).filter((text, i) => labelOf.get(text) !== expected[i]).length;
    rows.push({ program, run, changed, time: [], cpu: [] });
  }
  for (let round = 0; round < rounds; round++)
    for (const { run, time, cpu } of rows) {
      await sleep(PAUSE_MS);
      const result = await run(name);
      time.push(result.time / count);
      cpu.push(result.cpu / count);
    }
  console.log(`\n${title}: ${count} texts, ${threads} threads, ${rounds} rounds, load ${loadavg()[0].toFixed(1)}`);
  console.log("program                            ms   CPU ms  fastest  speed   by CPU  changed labels");
  for (const { program, time, cpu, changed } of rows) {
    const reference = rows.find((row) => row.program === `transformers.js ${/fp32/.test(program) ? "fp32" : "int8"}`);
    const cells = [median(time), median(cpu), Math.min(...time)].map((value) => value.toFixed(2).padStart(7));
    const ratios = [median(reference.time) / median(time), median(reference.cpu) / median(cpu)];
    console.log(
      `${program.padEnd(29)} ${cells.join("  ")}  ${ratios.map((ratio) => `${ratio.toFixed(2)}x`).join("   ")}   ${changed}`,
    );
  }
}
rmSync(directory, { recursive: true });
process.exit(0); // The sessions of the other programs would keep the process alive.

/** Returns a function that runs a case in this process, and returns its labels, time and CPU time in milliseconds. */
function inProcess(run) {
  return async (name) => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    const labels = await run(name);
    const { user, system } = process.cpuUsage(before);
    return { labels, time: performance.now() - start, cpu: (user + system) / 1000 };
  };
}

/** Returns the labels of logits, `[size, labels]`. */
function labelsOf(logits) {
  return logits.map((row) => classifier.labels[row.indexOf(Math.max(...row))]);
}

/** Returns a function that runs an exported file on tokenized texts. */
async function exportedRunner(precision) {
  const path = join(exported, "onnx", precision === "fp32" ? "model.onnx" : "model_quantized.onnx");
  const extra = { session: { intra_op: { allow_spinning: "0" } } };
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: threads, extra });
  return async (name) => {
    const logits = [];
    for (const batch of cases[name]) {
      const rows = batch.map((text) => rowOf.get(text));
      const shape = [rows.length, rows[0].length];
      const ids = new BigInt64Array(shape[0] * shape[1]);
      const mask = new BigInt64Array(ids.length);
      for (const [i, row] of rows.entries()) {
        ids.set(BigInt64Array.from(row, BigInt), i * shape[1]);
        mask.fill(1n, i * shape[1], i * shape[1] + row.length);
      }
      const tensor = (data) => new ort.Tensor("int64", data, shape);
      const types = tensor(new BigInt64Array(ids.length));
      const results = await session.run({
        ...{ input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: types },
      });
      logits.push(...batchesOf([...results.logits.data], classifier.labels.length));
    }
    return labelsOf(logits);
  };
}

/** Returns a function that runs a file in a directory with the pipeline of transformers.js. */
async function transformersRunner(name, precision) {
  env.allowRemoteModels = false;
  env.localModelPath = `${directory}/`;
  const classify = await pipeline("text-classification", name, {
    dtype: precision === "fp32" ? "fp32" : "q8",
    session_options: { intraOpNumThreads: threads },
  });
  return async (name) => {
    const results = [];
    for (const batch of unsorted[name])
      results.push(...(await classify(batch, { truncation: true, max_length: classifier.maxLength })));
    return results.map(({ label }) => label);
  };
}

/** Returns the programs of inference-peers.py, which runs in a process of its own. */
async function pythonPrograms() {
  const own = here("../../bench/training/peers/python/.venv/bin/python");
  const python = process.env.PYTHON ?? (existsSync(own) ? own : undefined);
  if (python === undefined) {
    console.log("no Python: run node bench/training/install-peers.js, or set PYTHON to a Python with the packages");
    return [];
  }
  const child = spawn(python, [here("inference-peers.py")], { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`inference-peers.py ended: ${errors}`);
    return JSON.parse(value);
  };
  const idsOf = (batches) => batches.map((batch) => batch.map((text) => rowOf.get(text)));
  const tokenized = Object.fromEntries(Object.entries(cases).map(([name, batches]) => [name, idsOf(batches)]));
  const optimum = join(directory, "optimum");
  cpSync(exported, optimum, { recursive: true, filter: (path) => !path.endsWith("onnx") });
  const { programs } = await ask({
    ...{ model, optimum },
    exported,
    threads,
    compile: values.compile,
    cases: tokenized,
  });
  return programs.map((program) => ({
    name: program,
    async run(name) {
      const { logits, time, cpu } = await ask({ program, case: name });
      return { labels: labelsOf(logits), time, cpu };
    },
  }));
}
