// `npm start`: fine-tunes a small BERT on reviews with `bertie train`, then classifies five new sentences with
// `bertie predict`. Training takes about a minute on two cores. `npm start -- --language en` uses English instead of
// Chinese.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BERTIE = "packages/bertie/bin/bertie.js";

const LANGUAGES = {
  zh: {
    name: "Chinese",
    model: "examples/models/bge-small-zh-v1.5",
    data: "examples/data/reviews",
    run: "runs/quick-start",
    sentence: "房间很干净，服务也好",
  },
  en: {
    name: "English",
    model: "examples/models/all-MiniLM-L6-v2",
    data: "examples/data/reviews-en",
    run: "runs/quick-start-en",
    sentence: "The room was clean, and the staff were friendly.",
  },
};

const { name, model, data, run, sentence } = readLanguage();
const TRAIN = [
  ["train", "--task-name", "news", "--data-dir", data, "--model", model, "--max-seq-length", "64"],
  ["--do-train", "--max-train-samples", "2000", "--num-train-epochs", "1", "--do-eval", "--eval-batch-size", "32"],
  ["--output-dir", run, "--overwrite-output-dir"],
].flat();

// Ctrl-C also reaches the command, which cleans up and exits; this script exits after it.
process.on("SIGINT", () => {});

log(`Fine-tuning ${name} BERT on 2,000 positive and negative reviews:`, `  bertie ${TRAIN.join(" ")}`, "");
await bertie(TRAIN, "inherit");
showResults(JSON.parse(read(`${run}/eval_results.json`)));
await showPredictions();
log(
  "",
  `The trained model and its results are in ${run}, a Hugging Face model directory.`,
  "Next, classify your own sentences, one per line:",
  `  echo '${sentence}' | npx bertie predict --model ${run}`,
  "or train on your own table, with a column of texts and a column of labels:",
  `  npx bertie train reviews.csv --model ${model} --output-dir runs/mine`,
);

/** Returns the language that `--language` selects. Exits with code 2 if the arguments are invalid. */
function readLanguage() {
  try {
    const { values } = parseArgs({ options: { language: { type: "string", default: "zh" } } });
    if (Object.hasOwn(LANGUAGES, values.language)) return LANGUAGES[values.language];
    throw new Error(`--language is ${JSON.stringify(values.language)}, but must be zh or en`);
  } catch (error) {
    console.error(`error: ${error.message}`);
    process.exit(2);
  }
}

/** Runs the command and returns its stdout unless that is inherited. Exits with the command's exit code if it fails. */
async function bertie(args, stdout) {
  const child = spawn(process.execPath, [BERTIE, ...args], { cwd: ROOT, stdio: ["ignore", stdout, "inherit"] });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) process.exit(code ?? 1);
  return text;
}

function showResults({ eval_accuracy, eval_loss, labels, confusion_matrix }) {
  const cells = [["", ...labels], ...labels.map((label, i) => [label, ...confusion_matrix.dev[i]])];
  const rows = cells.map(
    ([head, ...counts]) => `  ${head.padEnd(10)}${counts.map((c) => `${c}`.padStart(10)).join("")}`,
  );
  log(
    "",
    `Accuracy on held-out reviews: ${(100 * eval_accuracy).toFixed(1)}%, loss: ${eval_loss.toFixed(3)}.`,
    "Confusion matrix (rows: true labels, columns: predicted labels):",
    ...rows,
  );
}

async function showPredictions() {
  const texts = read(`${data}/unseen.txt`).trim().split("\n");
  const lines = (await bertie(["predict", "--model", run, "--json", `${data}/unseen.txt`], "pipe")).trim().split("\n");
  log("", "Predictions for five new sentences:");
  for (const [i, line] of lines.entries()) {
    const { label, probabilities } = JSON.parse(line);
    log(`  ${label} (${(100 * probabilities[label]).toFixed(1)}%)  ${texts[i]}`);
  }
}

function read(path) {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

function log(...lines) {
  console.log(lines.join("\n"));
}
