// Reviews and models of the examples, for experiments.
import { readFileSync } from "node:fs";
import process from "node:process";
import { createTrainer } from "@bertie/classifier";
import { Random } from "@bertie/common";

/** Models and data by language, relative to the root. */
export const LANGUAGES = {
  zh: { model: "examples/models/bge-small-zh-v1.5", data: "examples/data/reviews" },
  en: { model: "examples/models/all-MiniLM-L6-v2", data: "examples/data/reviews-en" },
};

/**
 * Returns the model and the rows of a language.
 *
 * @param {"zh" | "en"} language
 */
export function reviewsOf(language) {
  const { model, data } = LANGUAGES[language];
  return { model, train: rowsOf(`${data}/train.tsv`), dev: rowsOf(`${data}/dev.tsv`) };
}

function rowsOf(path) {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => ({ label: line.slice(0, line.indexOf("\t")), text: line.slice(line.indexOf("\t") + 1) }));
}

/** Returns the same number of rows of each label, chosen by a seed. */
export function sampleOf(rows, perLabel, seed) {
  const shuffled = new Random(seed, "sample").shuffled(rows);
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  return labels.flatMap((label) => shuffled.filter((row) => row.label === label).slice(0, perLabel));
}

/** Runs a trainer, and returns its results, its wall-clock time and its CPU time in seconds. */
export async function runOf(options) {
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const trainer = await createTrainer({ lowercase: true, maxLength: 64, ...options });
  let results;
  for await (const event of trainer.run()) if (event.type === "eval-results") results = event.results;
  const { user, system } = process.cpuUsage(cpuStart);
  return {
    storage: trainer.storage,
    accuracy: results?.eval_accuracy,
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}

/** Returns a fraction in percent. */
export const percent = (fraction) => `${(100 * fraction).toFixed(1)}%`;
