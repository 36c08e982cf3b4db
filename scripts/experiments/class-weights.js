// Measures what balanced class weights change on imbalanced reviews: trains on a 95:5 subset of the bundled reviews with
// several seeds, with and without `--class-weights balanced`, and prints the macro F1 score on held-out rows with the same
// imbalance. Each seed also selects other rows.
//
//     node scripts/build.js && node scripts/experiments/class-weights.js --seeds 5

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LANGUAGES } from "./reviews.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BERTIE = join(ROOT, "packages/bertie/bin/bertie.js");

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    rows: { type: "string", default: "1500" },
    "eval-rows": { type: "string", default: "1000" },
    share: { type: "string", default: "0.05" },
    epochs: { type: "string", default: "2" },
    language: { type: "string", default: "zh" },
    rare: { type: "string", default: "negative" },
  },
});
const { data, model } = LANGUAGES[values.language];
const [seeds, rows, evalRows, share] = [values.seeds, values.rows, values["eval-rows"], values.share].map(Number);
const setups = { "no weights": [], balanced: ["--class-weights", "balanced"] };
const scores = Object.fromEntries(Object.keys(setups).map((name) => [name, []]));

const scratch = mkdtempSync(join(tmpdir(), "bertie-class-weights-"));
try {
  for (let seed = 1; seed <= seeds; seed++) {
    const folder = writeImbalanced(seed);
    for (const [name, options] of Object.entries(setups)) {
      const run = join(scratch, `${seed}-${name.replace(" ", "-")}`);
      await train(folder, run, seed, options);
      const { eval_macro_f1: macroF1, eval_accuracy: accuracy } = JSON.parse(
        readFileSync(join(run, "eval_results.json"), "utf8"),
      );
      scores[name].push(macroF1);
      console.log(`seed ${seed}, ${name}: macro F1 ${macroF1.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
for (const [name, list] of Object.entries(scores)) {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const deviation = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, list.length - 1));
  console.log(`${name}: mean macro F1 ${mean.toFixed(4)}, standard deviation ${deviation.toFixed(4)}`);
}

/** Writes train.tsv and dev.tsv with the rare label at the given share, from rows that the seed selects. */
function writeImbalanced(seed) {
  const folder = join(scratch, `data-${seed}`);
  mkdirSync(folder);
  const lines = ["train.tsv", "dev.tsv"].flatMap((file) =>
    readFileSync(join(ROOT, data, file), "utf8")
      .trimEnd()
      .split("\n"),
  );
  const shuffled = shuffle(lines, seed);
  const isRare = (line) => line.startsWith(`${values.rare}\t`);
  const rare = shuffled.filter(isRare);
  const common = shuffled.filter((line) => !isRare(line));
  for (const [file, count] of Object.entries({ "train.tsv": rows, "dev.tsv": evalRows })) {
    const rareRows = Math.round(count * share);
    // splice() removes the rows, so that the two files have no row in common.
    const chosen = [...common.splice(0, count - rareRows), ...rare.splice(0, rareRows)];
    if (chosen.length < count) throw new Error(`${data} has too few rows. Lower --rows or --eval-rows.`);
    writeFileSync(join(folder, file), `${chosen.join("\n")}\n`);
  }
  return folder;
}

/** Returns the items in an order that depends on the seed (mulberry32 and Fisher-Yates). */
function shuffle(items, seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function train(folder, run, seed, options) {
  const args = [
    ...["train", "--task-name", "news", "--data-dir", folder, "--model", join(ROOT, model), "--do-lower-case"],
    ...[
      "--max-seq-length",
      "64",
      "--num-train-epochs",
      values.epochs,
      "--seed",
      String(seed),
      "--do-train",
      "--do-eval",
    ],
    ...["--eval-batch-size", "32", "--output-dir", run, ...options],
  ];
  const child = spawn(process.execPath, [BERTIE, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(errors.slice(-2000)))));
  });
}
