// Compares the linear probe (--head-only) with fine-tuning: on 2,000 reviews, and on a few reviews per label.
//
//   node scripts/build.js && node scripts/experiments/head-only.js
//
//   --language zh|en   language of the reviews (default: zh)
//   --seeds N          number of samples of a few reviews (default: 10)
//   --eval-rows N      number of reviews to evaluate these on (default: 1000)
//   --part many|few    run only one part
//   --probe-only       run only the linear probe
import { parseArgs } from "node:util";
import { percent, reviewsOf, runOf, sampleOf } from "./reviews.js";

const { values } = parseArgs({
  options: {
    language: { type: "string", default: "zh" },
    seeds: { type: "string", default: "10" },
    "eval-rows": { type: "string", default: "1000" },
    part: { type: "string" },
    "probe-only": { type: "boolean", default: false },
  },
});
const PER_LABEL = 8;
const { model, train, dev } = reviewsOf(values.language);
const methods = { "head only": { headOnly: true }, ...(!values["probe-only"] && { "fine-tuned": {} }) };

if (values.part !== "few") {
  console.log(`2,000 reviews, one epoch, ${dev.length} evaluated`);
  const seconds = {};
  for (const [name, options] of Object.entries(methods)) {
    const epochs = options.headOnly ? {} : { epochs: 1 };
    const run = await runOf({ model, train: train.slice(0, 2000), evaluation: dev, ...options, ...epochs });
    seconds[name] = run;
    console.log(`  ${name}: ${percent(run.accuracy)}, ${run.seconds.toFixed(1)} s, CPU ${run.cpuSeconds.toFixed(1)} s`);
  }
  const ratio = (key) => (seconds["head only"][key] / seconds["fine-tuned"]?.[key]).toFixed(2);
  if (!values["probe-only"]) console.log(`  ratio: time ${ratio("seconds")}, CPU time ${ratio("cpuSeconds")}`);
}

if (values.part !== "many") {
  const evaluation = dev.slice(0, Number(values["eval-rows"]));
  console.log(`${PER_LABEL} reviews per label, ${evaluation.length} evaluated`);
  const accuracies = {};
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const sample = sampleOf(train, PER_LABEL, seed);
    const cells = [];
    for (const [name, options] of Object.entries(methods)) {
      const { accuracy } = await runOf({ model, train: sample, evaluation, seed, ...options });
      accuracies[name] = [...(accuracies[name] ?? []), accuracy];
      cells.push(`${name} ${percent(accuracy)}`);
    }
    console.log(`  seed ${seed}: ${cells.join(", ")}`);
  }
  for (const [name, all] of Object.entries(accuracies))
    console.log(`  ${name}: mean ${percent(all.reduce((sum, value) => sum + value, 0) / all.length)}`);
}
