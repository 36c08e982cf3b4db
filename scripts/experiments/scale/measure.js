import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../../../bench/statistics.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/dist/main.js");

/** Model sizes: the layers of the bundled Chinese model's class, and BERT base. */
const MODELS = {
  small: { layers: 4, hidden: 312, heads: 12, intermediate: 1248, parameters: 12e6 },
  base: { layers: 12, hidden: 768, heads: 12, intermediate: 3072, parameters: 102e6 },
};
/** Texts per batch and tokens per text, of inference and of training. */
const INFERENCE = { batch: 16, tokens: 64 };
export const TRAINING = { batch: 32, tokens: 128 };

/** Runs the built command, and returns its time in seconds and its output. */
function bertie(args) {
  const started = performance.now();
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, stdout });
      else reject(new Error(`bertie ${args.join(" ")} exited with ${code}: ${stderr}`));
    });
  });
}

/** Writes the texts of a table again and again, until the file has a number of bytes. */
async function writeText(path, table, bytes) {
  const lines = readFileSync(join(root, table), "utf8").trimEnd().split("\n");
  const text = Buffer.from(`${lines.map((line) => line.split("\t")[1]).join("\n")}\n`);
  const out = createWriteStream(path);
  for (let written = 0; written < bytes; written += text.length)
    if (!out.write(text)) await new Promise((resolve) => out.once("drain", resolve));
  await new Promise((resolve) => out.end(resolve));
}

/**
 * Measures the speeds of one and of two processes of `bertie` in turn.
 *
 * @param megabytes size of each corpus
 * @param models names of the models to measure: small, base
 * @param rounds number of measurements, of which the medians are returned
 */
export async function measure({ megabytes, rounds, models, log }) {
  const scratch = mkdtempSync(join(tmpdir(), "bertie-scale-"));
  try {
    const result = {
      machine: { cpu: cpus()[0].model, cores: cpus().length, load: loadavg()[0], node: process.version },
      settings: { megabytes, rounds, inference: INFERENCE, training: TRAINING },
      tokenize: {},
      models: {},
    };
    const corpora = {
      Chinese: { table: "examples/data/reviews/train.tsv", model: "examples/models/bge-small-zh-v1.5" },
      English: { table: "examples/data/reviews-en/train.tsv", model: "examples/models/all-MiniLM-L6-v2" },
    };
    for (const [language, { table, model }] of Object.entries(corpora)) {
      log(`tokenizing ${language}`);
      result.tokenize[language] = await measureTokenization(scratch, table, join(root, model), { megabytes, rounds });
    }
    for (const name of models) {
      const { layers, hidden, heads, intermediate, parameters } = MODELS[name];
      log(`computing the ${name} model`);
      const size = ["--layers", layers, "--hidden-size", hidden, "--heads", heads, "--intermediate-size", intermediate];
      result.models[name] = { parameters, ...(await measureModel(size.map(String), rounds)) };
    }
    return result;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measureTokenization(scratch, table, model, { megabytes, rounds }) {
  const [corpus, empty] = [join(scratch, "corpus.txt"), join(scratch, "empty.txt")];
  await writeText(corpus, table, megabytes * 1e6);
  await writeText(empty, table, 1);
  const bytes = statSync(corpus).size;
  const output = join(scratch, "ids");
  const tokenize = (file, ...args) =>
    bertie(["tokenize", file, "--model", model, "--format", "bin", "--output", `${output}/`, ...args]);
  const timed = async (run) => {
    const started = performance.now();
    await run();
    return (performance.now() - started) / 1000;
  };
  const times = { startUp: [], one: [], two: [], merge: [] };
  let bytesOut = 0;
  for (let round = 0; round < rounds; round++) {
    const clear = () => rmSync(output, { recursive: true, force: true });
    times.startUp.push(await timed(() => tokenize(empty)));
    clear();
    times.one.push(await timed(() => tokenize(corpus)));
    bytesOut = statSync(join(output, "tokens.bin")).size + statSync(join(output, "tokens.idx.npy")).size;
    clear();
    times.two.push(await timed(() => Promise.all([1, 2].map((i) => tokenize(corpus, "--shard", `${i}/2`)))));
    times.merge.push(await timed(() => bertie(["merge", output, "--output", join(scratch, "merged", "tokens.bin")])));
    clear();
    rmSync(join(scratch, "merged"), { recursive: true });
  }
  const startUp = median(times.startUp);
  const rateOf = (name, size) => {
    const seconds = median(times[name]) - startUp;
    if (seconds > startUp / 4) return size / seconds;
    throw new Error(`${megabytes} MB take hardly longer than the start of the command: increase --megabytes.`);
  };
  return {
    startUpSeconds: startUp,
    bytesPerSecond: rateOf("one", bytes),
    bytesPerSecondOfTwo: rateOf("two", bytes),
    bytesOutPerByte: bytesOut / bytes,
    // Merging includes its start, which is a small part of it for large files.
    mergeBytesPerSecond: bytesOut / median(times.merge),
  };
}

async function measureModel(size, rounds) {
  const bench = async (kind, { batch, tokens }, threads) => {
    const args = ["bench", kind, ...size, "--batch-size", String(batch), "--seq-length", String(tokens)];
    const { stdout } = await bertie([
      ...args,
      "--engine",
      "onnx",
      "--threads",
      String(threads),
      "--steps",
      "2",
      "--warmup-steps",
      "1",
      "--json",
    ]);
    return JSON.parse(stdout).median_ms / 1000;
  };
  const times = { one: [], two: [], step: [], stepOfTwo: [] };
  for (let round = 0; round < rounds; round++) {
    times.one.push(await bench("inference", INFERENCE, 1));
    times.two.push(Math.max(...(await Promise.all([1, 2].map(() => bench("inference", INFERENCE, 1))))));
    times.step.push(await bench("step", TRAINING, 1));
    times.stepOfTwo.push(await bench("step", TRAINING, 2));
  }
  return {
    textsPerSecond: INFERENCE.batch / median(times.one),
    textsPerSecondOfTwo: (2 * INFERENCE.batch) / median(times.two),
    stepSeconds: median(times.step),
    speedupOnTwo: median(times.step) / median(times.stepOfTwo),
  };
}
