// Compares ways to handle long texts: trains on texts that consist of five reviews, four of which have the label of the
// text, with several seeds, and prints the accuracy on held-out texts. A text has about 250 tokens, and the model reads 64.
//
//     node scripts/build.js && node scripts/experiments/long-text.js --seeds 5
import { parseArgs } from "node:util";
import { Random } from "@bertie/common";
import { percent, reviewsOf, runOf } from "./reviews.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    rows: { type: "string", default: "300" },
    "eval-rows": { type: "string", default: "300" },
    epochs: { type: "string", default: "2" },
    language: { type: "string", default: "zh" },
    modes: { type: "string", default: "truncate,head+tail,windows" },
  },
});
const { model, train, dev } = reviewsOf(values.language);
const modes = values.modes.split(",");
const accuracies = Object.fromEntries(modes.map((mode) => [mode, []]));

for (let seed = 1; seed <= Number(values.seeds); seed++) {
  const options = {
    model,
    seed,
    train: longTexts(train, Number(values.rows), seed),
    evaluation: longTexts(dev, Number(values["eval-rows"]), seed),
    epochs: Number(values.epochs),
    evaluationBatchSize: 32,
  };
  for (const longText of modes) {
    const { accuracy, seconds } = await runOf({ ...options, longText });
    accuracies[longText].push(accuracy);
    console.log(`seed ${seed}, ${longText}: accuracy ${percent(accuracy)} in ${seconds.toFixed(0)} s`);
  }
}
for (const [mode, list] of Object.entries(accuracies)) {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const deviation = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, list.length - 1));
  console.log(`${mode}: mean accuracy ${percent(mean)}, standard deviation ${percent(deviation)}`);
}

/** Returns texts that consist of four reviews with the label of the text and one with the other label, in random order. */
function longTexts(rows, count, seed) {
  const random = new Random(seed, "long-text");
  const byLabel = (label) => rows.filter((row) => row.label === label).map(({ text }) => text);
  const [first, second] = [...new Set(rows.map(({ label }) => label))].sort();
  const texts = { [first]: byLabel(first), [second]: byLabel(second) };
  return Array.from({ length: count }, (_, i) => {
    const [label, other] = i % 2 === 0 ? [first, second] : [second, first];
    const parts = [...random.shuffled(texts[label]).slice(0, 4), random.shuffled(texts[other])[0]];
    return { text: random.shuffled(parts).join(" "), label };
  });
}
