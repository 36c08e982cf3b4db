// Loads the model directories that scripts/reference/saved-directories.py wrote, and compares Bertie's logits with those of
// transformers. Each directory must be loaded exactly or be rejected with the expected message.
//
//   node scripts/check/saved-directories.js FOLDER
//
// Prints a line per directory, and exits with 1 if one of them differs. Run `node scripts/build.js` first.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TextClassifier } from "../../packages/bertie/dist/index.js";

const TOLERANCE = 1e-5;
const folder = process.argv[2];
let failures = 0;
for (const name of readdirSync(folder).sort()) {
  const directory = join(folder, name);
  const expected = JSON.parse(readFileSync(join(directory, "expected.json"), "utf8"));
  const { verdict, text } = await check(directory, expected);
  if (verdict === "FAILED") failures++;
  console.log(`${verdict.padEnd(8)} ${name.padEnd(36)} ${text}`);
}
console.log(`${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;

async function check(directory, expected) {
  let classifier;
  try {
    classifier = await TextClassifier.load(directory, { engine: "reference" });
  } catch (error) {
    if (typeof error.code !== "string") throw error;
    const isExpected = expected.rejected !== undefined && new RegExp(expected.rejected).test(error.message);
    return { verdict: isExpected ? "rejected" : "FAILED", text: error.message };
  }
  try {
    if (expected.rejected !== undefined) return { verdict: "FAILED", text: `loaded, expected ${expected.rejected}` };
    const texts = expected.texts.map((text) => (typeof text === "string" ? text : { text: text[0], pair: text[1] }));
    const results = await classifier.classify(texts);
    const differences = results.map((scores, row) => differenceOf(classifier, scores, expected.logits[row]));
    const largest = Math.max(...differences);
    const at = JSON.stringify(expected.texts[differences.indexOf(largest)]);
    const notes = classifier.warnings.join(" | ");
    if (largest <= TOLERANCE) return { verdict: "loaded", text: `${largest.toExponential(1)} ${notes}` };
    return { verdict: "FAILED", text: `differs by ${largest} on ${at} ${notes}` };
  } finally {
    await classifier.dispose();
  }
}

/** Returns the largest difference of the logits; of a softmax, they are known up to a constant. */
function differenceOf({ labels, problemType }, scores, logits) {
  const byLabel = new Map(scores.map(({ label, score, value }) => [label, score ?? value]));
  const found = labels.map((label) => byLabel.get(label));
  if (problemType === "regression") return distance([scores[0].value ?? scores[0].score], logits);
  if (problemType === "multi_label_classification")
    return distance(
      found.map((p) => Math.log(p / (1 - p))),
      logits,
    );
  return distance(centered(found.map(Math.log)), centered(logits));
}

function centered(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function distance(a, b) {
  return a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]))) : Number.POSITIVE_INFINITY;
}
