// `npm start`: fine-tunes a small Chinese BERT on reviews with `bertie train`, then classifies five new sentences with
// `bertie predict`. Training takes about a minute on two cores.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BERTIE = "packages/bertie/bin/bertie.js";
const RUN = "runs/quick-start";
const UNSEEN = "examples/data/reviews/unseen.txt";

const TRAIN = [
  ["train", "--task-name", "news", "--data-dir", "examples/data/reviews"],
  ["--model", "examples/models/bge-small-zh-v1.5", "--do-lower-case", "--max-seq-length", "64"],
  ["--do-train", "--max-train-samples", "2000", "--num-train-epochs", "1", "--do-eval", "--eval-batch-size", "32"],
  ["--output-dir", RUN, "--overwrite-output-dir"],
].flat();

// Ctrl-C also reaches the command, which cleans up and exits; this script exits after it.
process.on("SIGINT", () => {});

log("Fine-tuning a Chinese BERT on 2,000 positive and negative reviews:", `  bertie ${TRAIN.join(" ")}`, "");
await bertie(TRAIN, "inherit");
showResults(JSON.parse(read(`${RUN}/eval_results.json`)));
await showPredictions();
log(
  "",
  `The trained model and its results are in ${RUN}, a Hugging Face model directory.`,
  "Next, classify your own sentences, one per line:",
  `  echo '房间很干净，服务也好' | npx bertie predict --model ${RUN}`,
  "or train on your own train.tsv and dev.tsv (label, tab, text):",
  "  npx bertie train --task-name news --data-dir DIR --model examples/models/bge-small-zh-v1.5 --do-lower-case \\",
  "    --do-train --do-eval --output-dir runs/mine",
);

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
  const texts = read(UNSEEN).trim().split("\n");
  const lines = (await bertie(["predict", "--model", RUN, "--json", UNSEEN], "pipe")).trim().split("\n");
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
