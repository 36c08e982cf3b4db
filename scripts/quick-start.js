// `npm start`: fine-tunes a small Chinese BERT on reviews, as `bertie train` does, then classifies sentences it has
// never seen. About a minute of training on two cores.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BERTIE = "packages/cli/bin/bertie.js";
const RUN = "runs/quick-start";
const UNSEEN = "examples/data/reviews/unseen.txt";

const TRAIN = [
  ["train", "--task-name", "news", "--data-dir", "examples/data/reviews"],
  ["--model", "examples/models/bge-small-zh-v1.5", "--do-lower-case", "--max-seq-length", "64"],
  ["--do-train", "--max-train-samples", "2000", "--num-train-epochs", "1", "--do-eval", "--eval-batch-size", "32"],
  ["--output-dir", RUN, "--overwrite-output-dir"],
].flat();

// Ctrl-C reaches the command as well, which then cleans up and ends; this script ends with it.
process.on("SIGINT", () => {});

say("Fine-tuning a Chinese BERT on 2,000 reviews, positive or negative:", `  bertie ${TRAIN.join(" ")}`, "");
await bertie(TRAIN, "inherit");
showResults(JSON.parse(read(`${RUN}/eval_results.json`)));
await showPredictions();
say(
  "",
  `The model, its results and the record of the run are in ${RUN}: a Hugging Face model directory.`,
  "Next, try your own sentences, one a line:",
  `  echo '房间很干净，服务也好' | npx bertie predict --model ${RUN}`,
  "or train on your own train.tsv and dev.tsv (label, tab, text):",
  "  npx bertie train --task-name news --data-dir DIR --model examples/models/bge-small-zh-v1.5 --do-lower-case \\",
  "    --do-train --do-eval --output-dir runs/mine",
);

/** Runs the command; its stdout, where that is not inherited. Ends this script as the command ended, if not well. */
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
  say(
    "",
    `Of the reviews kept aside, ${(100 * eval_accuracy).toFixed(1)} % are classified rightly; the loss is ${eval_loss.toFixed(3)}.`,
    "Rows are the true labels, columns the predicted ones:",
    ...rows,
  );
}

async function showPredictions() {
  const texts = read(UNSEEN).trim().split("\n");
  const lines = (await bertie(["predict", "--model", RUN, "--json", UNSEEN], "pipe")).trim().split("\n");
  say("", "Five sentences that it has never seen:");
  for (const [i, line] of lines.entries()) {
    const { label, probabilities } = JSON.parse(line);
    say(`  ${label} (${(100 * probabilities[label]).toFixed(1)} %)  ${texts[i]}`);
  }
}

function read(path) {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

function say(...lines) {
  console.log(lines.join("\n"));
}
