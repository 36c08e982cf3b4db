// Fine-tunes the bundled Chinese BERT on the bundled reviews: node examples/dist/train.js [OUTPUT] [ROWS]
import process from "node:process";
import { createTrainer, directoryStorage, TextClassifier } from "bertie";

const [output = "runs/example", rows = "2000"] = process.argv.slice(2);
const reviews = "examples/data/reviews";

const trainer = await createTrainer({
  model: "examples/models/bge-small-zh-v1.5",
  lowercase: true,
  train: { task: "news", set: "train", file: `${reviews}/train.tsv`, first: Number(rows) },
  epochs: 1,
  maxLength: 64,
  storage: directoryStorage(output),
  overwrite: true,
});

for await (const event of trainer.run()) {
  if (event.type === "phase-start") console.log(`${event.examples} examples, ${event.steps} updates`);
  if (event.type === "step" && event.step % 10 === 0)
    console.log(`update ${event.step}: loss ${event.loss.toFixed(3)}`);
}

const classifier = await TextClassifier.load(output);
const { accuracy, loss } = await classifier.evaluate({
  task: "news",
  set: "dev",
  file: `${reviews}/dev.tsv`,
  first: 500,
});
console.log(`accuracy ${(100 * accuracy).toFixed(1)}%, loss ${loss.toFixed(3)}`);

const text = "机器运行很安静，做工也扎实，电池能撑一整天。";
const [best] = await classifier.classify(text);
console.log(text, best);
await classifier.dispose();
