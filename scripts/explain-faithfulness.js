// Measures how faithful explanations are: whether deleting the words with the largest contributions changes the
// classification most. Also measures the cost of an explanation in classifications of one text.
//
//   node scripts/build.js && node scripts/explain-faithfulness.js --model runs/quick-start
//
//   --model DIR   model directory written by Bertie
//   --rows N      number of texts (default: 200)
//   --data FILE   rows of label, tab, text (default: examples/data/reviews/dev.tsv)
//   --timing      measure only the cost
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TextClassifier } from "@bertie/classifier";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    rows: { type: "string", default: "200" },
    data: { type: "string", default: "examples/data/reviews/dev.tsv" },
    timing: { type: "boolean", default: false },
  },
});
if (values.model === undefined) throw new Error("no model is given. Add --model DIR.");

/** Sentences with one opinion: the sentence, the words that express the opinion, and the label. */
const KEY_WORDS = [
  ["房间很干净", "干净", "positive"],
  ["服务态度极差", "极差", "negative"],
  ["这家酒店的早餐非常好吃", "好吃", "positive"],
  ["电池用了两天就坏了", "坏", "negative"],
  ["前台的小姑娘很热情", "热情", "positive"],
  ["屏幕上有一个坏点，我很失望", "失望", "negative"],
  ["书的内容很精彩", "精彩", "positive"],
  ["房间里有一股难闻的味道", "难闻", "negative"],
  ["我强烈推荐这本书", "推荐", "positive"],
  ["这台电脑的做工太粗糙了", "粗糙", "negative"],
];

const load = (options) => TextClassifier.load(values.model, { engine: "onnx", device: "cpu", ...options });
const model = await load();
const methods = {
  occlusion: ({ text, label }) => model.explain(text, { label }),
  "integrated gradients": ({ text, label }) => model.explain(text, { label, method: "integrated-gradients" }),
};
if (!values.timing) {
  const lines = readFileSync(values.data, "utf8").trim().split("\n").slice(0, Number(values.rows));
  await measureDeletion(lines.map((line) => line.slice(line.indexOf("\t") + 1)));
  await measureKeyWords();
}
await measureTime();
await model.dispose();

/** Compares the contribution of each word with the change of the label's log-odds after deleting the word. */
async function measureDeletion(texts) {
  const results = Object.fromEntries(Object.keys(methods).map((name) => [name, { each: [], all: [], sameSign: 0 }]));
  const deletions = [];
  for (const [i, text] of texts.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\r${i + 1}/${texts.length}`);
    const { words, label, logOdds } = await methods.occlusion({ text });
    const shorter = words.map(({ start, end }) => `${text.slice(0, start)} ${text.slice(end)}`);
    const effects = (await logOddsOf(shorter, label)).map((without) => logOdds - without);
    deletions.push(...effects);
    for (const [name, explain] of Object.entries(methods)) {
      const explanation = name === "occlusion" ? { words } : await explain({ text, label });
      const contributions = explanation.words.map(({ contribution }) => contribution);
      const result = results[name];
      result.each.push(spearman(contributions, effects));
      result.all.push(...contributions);
      result.sameSign += contributions.filter((value, j) => Math.sign(value) === Math.sign(effects[j])).length;
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r");
  console.log(`${texts.length} texts, ${deletions.length} words: rank correlation (Spearman) with deletion\n`);
  console.log("| method | mean of the texts | median of the texts | pooled | same sign |\n|---|---|---|---|---|");
  for (const [name, { each, all, sameSign }] of Object.entries(results)) {
    const defined = each.filter(Number.isFinite);
    const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length;
    const figures = [mean, median(defined), spearman(all, deletions)].map((value) => value.toFixed(3));
    const share = `${((100 * sameSign) / deletions.length).toFixed(1)}%`;
    console.log(`| ${[name, ...figures, share].join(" | ")} |`);
  }
}

async function measureKeyWords() {
  console.log(
    "\n| sentence | label | key word | first by occlusion | first by integrated gradients |\n|---|---|---|---|---|",
  );
  const hits = Object.keys(methods).map(() => 0);
  for (const [text, key, label] of KEY_WORDS) {
    const from = text.indexOf(key);
    const firsts = [];
    for (const [i, explain] of Object.values(methods).entries()) {
      const { words } = await explain({ text, label });
      const first = words.reduce((best, word) => (word.contribution > best.contribution ? word : best));
      const isHit = first.start >= from && first.end <= from + key.length;
      hits[i] += Number(isHit);
      firsts.push(`${first.text} ${first.contribution.toFixed(2)}${isHit ? "" : " (no)"}`);
    }
    console.log(`| ${[text, label, key, ...firsts].join(" | ")} |`);
  }
  console.log(`| first | | | ${hits.map((count) => `${count} of ${KEY_WORDS.length}`).join(" | ")} |`);
}

/** Times explanations and a classification of a text of 64 tokens, alternately. */
async function measureTime() {
  const text = "房间很干净，服务也好。".repeat(10);
  const short = await load({ maxLength: 64 });
  const tasks = {
    "one classification": () => short.classify(text),
    occlusion: () => short.explain(text),
    "integrated gradients": () => short.explain(text, { method: "integrated-gradients" }),
  };
  const times = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round < 8; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const start = performance.now();
      await task();
      if (round > 0) times[name].push(performance.now() - start);
    }
  }
  const one = median(times["one classification"]);
  await short.dispose();
  console.log(`\n| 64 tokens | median | shortest | in classifications |\n|---|---|---|---|`);
  for (const [name, measured] of Object.entries(times)) {
    const [middle, shortest] = [median(measured), Math.min(...measured)];
    console.log(`| ${name} | ${middle.toFixed(1)} ms | ${shortest.toFixed(1)} ms | ${(middle / one).toFixed(1)} |`);
  }
}

/** Returns the log-odds of a label for each text. */
async function logOddsOf(texts, label) {
  const answers = await model.classify(texts);
  return answers.map((scores) => {
    const others = scores.filter((other) => other.label !== label).reduce((sum, { score }) => sum + score, 0);
    return Math.log(scores.find((score) => score.label === label).score) - Math.log(others);
  });
}

/** Returns Spearman's rank correlation; NaN if all values of a list are equal. */
function spearman(a, b) {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length + 1) / 2;
  const covariance = (p, q) => p.reduce((sum, value, i) => sum + (value - mean) * (q[i] - mean), 0);
  return covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
}

/** Returns ranks from 1. Equal values have the mean of their ranks. */
function ranks(numbers) {
  const order = numbers.map((_, i) => i).sort((i, j) => numbers[i] - numbers[j]);
  const result = new Array(numbers.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && numbers[order[to]] === numbers[order[from]]) to++;
    for (let i = from; i < to; i++) result[order[i]] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
