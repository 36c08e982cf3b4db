// Runs commands in a terminal of 80 columns, and draws their output for README and docs:
//   node scripts/terminal-pictures.js [NAME…]     quick-start, help, train, error; all by default
// The first five examples, which training logs with all their ids, and the less important metrics are shortened to "…".
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { terminalSvg } from "./terminal-svg.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}docs/images`;

const pictures = {
  "quick-start": { title: "The quick start", command: "npm start", shown: "npm ci && npm start" },
  help: { title: "The help of bertie", command: "npx bertie --help" },
  train: {
    title: "A training run",
    command: [
      "npx bertie train --model examples/models/bge-small-zh-v1.5 --do-lower-case \\",
      "    --task-name news --data-dir examples/data/reviews --max-train-samples 1000 \\",
      "    --max-seq-length 64 --num-train-epochs 1 --do-train --do-eval \\",
      "    --eval-batch-size 32 --output-dir runs/picture --overwrite-output-dir",
    ].join("\n"),
  },
  error: {
    title: "Errors name the place and the remedy",
    command: [
      "npx bertie train --epochs 3",
      "npx bertie init examples/data/hotel-reviews/reviews.csv --label-column star",
      "npx bertie predict --model runs/nowhere examples/data/reviews/unseen.txt",
    ],
  },
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(pictures);
mkdirSync(folder, { recursive: true });
for (const name of chosen) {
  const { title, command, shown } = pictures[name];
  const screens = [command].flat().map((line) => `$ ${shown ?? line}\n${outputOf(line)}`);
  writeFileSync(`${folder}/${name}.svg`, terminalSvg(title, screens.join("\n")));
}

/** Runs a command, and returns its stdout and stderr in the order in which they were written. */
function outputOf(command) {
  // The pictures show an installation from npm, without TensorFlow, which is optional.
  const env = { ...process.env, COLUMNS: "80", NO_COLOR: "1", BERTIE_NATIVE: "/nonexistent" };
  const { stdout } = spawnSync("bash", ["-c", `{ ${command}\n} 2>&1`], { cwd: root, env, encoding: "utf8" });
  return shorten(
    stdout
      .replaceAll(root, "")
      .replace(/^\n?> .*\n/gm, "")
      .trim(),
  );
}

function shorten(text) {
  return text
    .replace(/(\*\*\* Example \*\*\*\n(?:.*\n)*?label: .*\n)+/g, "…\n")
    .replace(/(eval_(?!accuracy|loss|macro_f1 ).* = .*\n)+/g, "…\n");
}
