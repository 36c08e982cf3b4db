// Flips the labels of 5% of 2,000 reviews, and measures how many of them are among the 10% of the rows that are
// suspected first (suspects.tsv).
//
//   node scripts/build.js && node scripts/experiments/mislabeled.js
//
//   --language zh|en   language of the reviews (default: zh)
//   --seeds N          number of choices of flipped rows (default: 5)
import { parseArgs } from "node:util";
import { Random } from "@bertie/common";
import { percent, reviewsOf, runOf } from "./reviews.js";

const { values } = parseArgs({
  options: { language: { type: "string", default: "zh" }, seeds: { type: "string", default: "5" } },
});
const { model, train } = reviewsOf(values.language);
const rows = train.slice(0, 2000);
const labels = [...new Set(rows.map(({ label }) => label))];
const recalls = [];
for (let seed = 1; seed <= Number(values.seeds); seed++) {
  const flipped = new Set(new Random(seed, "flip").shuffled([...rows.keys()]).slice(0, rows.length / 20));
  const noisy = rows.map(({ text, label }, i) => ({
    text,
    label: flipped.has(i) ? labels.find((other) => other !== label) : label,
  }));
  const { storage } = await runOf({ model, train: noisy, headOnly: true, seed });
  const suspects = new TextDecoder()
    .decode(await storage.read("suspects.jsonl"))
    .trimEnd()
    .split("\n");
  const found = suspects.filter((line) => flipped.has(Number(JSON.parse(line).id.replace(/^.*-/, ""))));
  recalls.push(found.length / flipped.size);
  console.log(
    `seed ${seed}: ${percent(recalls.at(-1))} of ${flipped.size} flipped rows are among ${suspects.length} suspects`,
  );
}
console.log(`mean: ${percent(recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length)}`);
