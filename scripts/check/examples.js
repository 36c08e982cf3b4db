// Runs the compiled examples, and compares their results with the command's.
//   node scripts/check/examples.js FOLDER CHROMIUM     FOLDER: project with the packed packages and a copy of examples/
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { report } from "../../tests/runtimes/suite.js";
import { inChromium } from "../chromium.js";
import { embeddingCases } from "./examples/embedding.js";
import { linesOf, streamCases } from "./examples/stream.js";

const [folder, executablePath] = process.argv.slice(2);
const root = fileURLToPath(new URL("../..", import.meta.url));
const reviews = "examples/data/reviews";
const base = "examples/models/bge-small-zh-v1.5";
const vocabulary = `${base}/vocab.txt`;
/** Number of training rows. Two updates are enough to compare results. */
const rows = "64";
const webThreads = 2;
// The permissions in examples/README.md.
const permissions = ["--allow-read", "--allow-ffi=node_modules", "--allow-env", "--allow-sys"];

/** Runs a program in the folder and returns its stdout. */
async function run(program, args, { input = "", env = {}, cwd = folder } = {}) {
  const running = promisify(execFile)(program, args, { cwd, env: { ...process.env, ...env } });
  running.child.stdin.end(input);
  return (await running).stdout;
}
const node = (args, options) => run(process.execPath, args, options);
const deno = (args, options) => run(join(root, "node_modules/.bin/deno"), ["run", "--no-prompt", ...args], options);
const bertie = (args) => node(["node_modules/bertie/bin/bertie.js", ...args]);
const parseLines = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const readLines = async (path) => (await readFile(join(folder, path), "utf8")).trimEnd().split("\n");
const weights = (run) => readFile(join(folder, run, "model.safetensors"));

async function equalsCommand(run) {
  if (!(await weights(run)).equals(await weights("trained"))) throw new Error("model.safetensors differs");
}

/** Throws if a probability differs from the one of `bertie predict` by more than the tolerance. */
function assertClose(answers, tolerance) {
  if (answers.length !== expected.length) throw new Error(`${answers.length} answers, expected ${expected.length}`);
  for (const [i, labels] of answers.entries())
    for (const { label, score } of labels) {
      const difference = Math.abs(score - expected[i].probabilities[label]);
      if (!(difference <= tolerance)) throw new Error(`${sentences[i]}: ${label} differs by ${difference}`);
    }
}

/** Fills in and submits the form of a page of an example, and returns the labels. */
const classifyInPage = (address) => fillIn(address, { model: "/trained/" });

/** Fills in and submits the form of a page, and returns the page's answer. */
async function fillIn(address, fields) {
  return inChromium({ executablePath, folder }, async (page) => {
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.stack));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(address);
    for (const [name, value] of Object.entries({ ...fields, sentences: sentences.join("\n") }))
      await page.fill(`[name=${name}]`, value);
    await page.click("button");
    // Not with waitForFunction(), which a strict policy forbids.
    await page.locator("output", { hasNotText: /^(Loading…|Classifying…)?$/ }).waitFor();
    const text = await page.textContent("output");
    if (!/^[[{]/.test(text)) throw new Error(text);
    if (errors.length > 0) throw new Error(errors.join("\n"));
    return JSON.parse(text);
  });
}

/** Trains with a function of a page, and throws if `bertie train --engine onnx-web` writes other weights. */
async function equalsCommandIn(trainingFunction) {
  const hash = await inChromium({ executablePath, folder }, async (page) => {
    await page.goto("/browser-training/page.html");
    await page.waitForFunction((name) => name in globalThis, trainingFunction);
    return page.evaluate(`${trainingFunction}(${rows}, ${webThreads})`);
  });
  const reference = createHash("sha256")
    .update(await weights("trained-on-web"))
    .digest("hex");
  if (hash !== reference) throw new Error("model.safetensors differs");
}

const reference = ["train", "--task-name", "news", "--data-dir", reviews, "--model", base, "--do-lower-case"];
reference.push("--max-seq-length", "64", "--do-train", "--max-train-samples", rows, "--num-train-epochs", "1");
await bertie([...reference, "--device", "cpu", "--output-dir", "trained"]);
const onWeb = ["--engine", "onnx-web", "--threads", String(webThreads), "--output-dir", "trained-on-web"];
await bertie([...reference, ...onWeb]);

const texts = (await readLines(`${reviews}/dev.tsv`)).map((line) => line.split("\t")[1]);
const longest = texts.sort((a, b) => b.length - a.length).slice(0, 5);
const english = "The screen flickered after two weeks, and nobody would replace it.";
const sentences = [...(await readLines(`${reviews}/unseen.txt`)), ...longest, english];
await writeFile(join(folder, "sentences.txt"), `${sentences.join("\n")}\n`);
const predict = ["predict", "--model", "trained", "--device", "cpu", "--json", "sentences.txt"];
const expected = parseLines(await bertie(predict));

const classify = ["trained", ...sentences];
const labelsIn = (stdout) => parseLines(stdout).map(({ labels }) => labels);
const cases = [
  {
    name: "train.ts in Node writes the same weights as bertie train",
    async run() {
      await node(["examples/dist/train.js", "node-run", rows]);
      await equalsCommand("node-run");
    },
  },
  {
    name: "train.ts in Deno writes the same weights as bertie train",
    async run() {
      await deno([...permissions, "--allow-write", "examples/train.ts", "deno-run", rows]);
      await equalsCommand("deno-run");
    },
  },
  {
    name: "classify.ts in Node returns the probabilities of bertie predict",
    run: async () => assertClose(labelsIn(await node(["examples/dist/classify.js", ...classify])), 1e-6),
  },
  {
    name: "classify.ts in Deno returns the probabilities of bertie predict",
    run: async () => assertClose(labelsIn(await deno([...permissions, "examples/classify.ts", ...classify])), 1e-6),
  },
  {
    name: "deno.ts returns the probabilities of bertie predict",
    async run() {
      const args = [...permissions, "examples/deno.ts", "trained"];
      assertClose(parseLines(await deno(args, { input: sentences.join("\n") })), 1e-6);
    },
  },
  {
    name: "browser.html in Chromium shows the probabilities of bertie predict",
    run: async () => assertClose(await classifyInPage("/examples/browser.html"), 1e-4),
  },
  {
    name: "web-worker/index.html in Chromium shows the probabilities of bertie predict",
    run: async () => assertClose(await classifyInPage("/examples/web-worker/index.html"), 1e-4),
  },
  {
    name: "createTrainer() in a page in Chromium writes the same weights as bertie train --engine onnx-web",
    run: () => equalsCommandIn("trainInPage"),
  },
  {
    name: "createTrainer() in a Web Worker in Chromium writes the same weights as bertie train --engine onnx-web",
    run: () => equalsCommandIn("trainInWorker"),
  },
  {
    name: "tokenize-stream.ts counts as many tokens as bertie tokenize in a file and in stdin",
    async run() {
      const file = `${reviews}/train.tsv`;
      const limit = ["--do-lower-case", "--max-seq-length", "512", "--format", "jsonl"];
      const encoded = parseLines(await bertie(["tokenize", "--vocab-file", vocabulary, ...limit, file]));
      const tokens = encoded.reduce((sum, row) => sum + row.ids.length, 0);
      const input = await readFile(join(folder, file));
      const program = ["examples/dist/tokenize-stream.js", vocabulary];
      for (const stdout of [await node([...program, file]), await node(program, { input })])
        if (!stdout.startsWith(`${encoded.length} lines, ${tokens} tokens`)) throw new Error(stdout);
    },
  },
  {
    name: 'import "bertie" loads no engine, and the engine "onnx" loads only ONNX Runtime',
    async run() {
      const native = join(root, "native");
      const env = !process.env.BERTIE_NATIVE && existsSync(native) ? { BERTIE_NATIVE: native } : {};
      const program = await readFile(new URL("loaded-engines.js", import.meta.url), "utf8");
      const loaded = JSON.parse(await node(["--input-type=module", "--eval", program, "trained"], { env }));
      const text = JSON.stringify(loaded);
      if (text !== '{"imported":[],"classified":["onnxruntime"]}') throw new Error(text);
    },
  },
  ...streamCases({
    folder,
    executablePath,
    node,
    deno,
    permissions,
    bertie,
    vocabulary,
    texts: await linesOf([`${reviews}/train.tsv`, `${reviews}/dev.tsv`].map((path) => join(folder, path))),
  }),
  ...embeddingCases({
    folder,
    executablePath,
    run,
    bertie,
    parseLines,
    assertClose,
    classifyInPage,
    fillIn,
    vocabulary,
    sentences,
  }),
];
process.exitCode = (await report(cases, console.log)) ? 0 : 1;
