// Trains the small classifiers that the web page offers without training, and writes them to packages/web-demo/ready:
//
//   node scripts/build.js && node scripts/train-ready-classifiers.js
//
//   --rows N       number of reviews to train on (default: all 4,000)
//   --seed N       random seed of the cross-validation (default: 42)
//
// Each classifier is a linear head on a bundled encoder with 8-bit weights (quantize-encoders.js), which does not change.
// The file of a head has 9 KB or less. The result depends only on the options and the files in examples.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readSafetensors, tensorFromFloat32, writeSafetensors } from "@bertie/model";
import { LANGUAGES, percent, reviewsOf, runOf } from "./experiments/reviews.js";
import { roundedEncoder } from "./quantize-encoders.js";

const { values } = parseArgs({
  options: { rows: { type: "string", default: "4000" }, seed: { type: "string", default: "42" } },
});
const [rows, seed] = [Number(values.rows), Number(values.seed)];
/** Maximum length of a text in tokens. */
const MAX_LENGTH = 128;
const FOLDER = "packages/web-demo/ready";

const facts = {};
for (const language of Object.keys(LANGUAGES)) {
  const { model, train, dev } = reviewsOf(language);
  const options = {
    model: encoderOf(model, language),
    train: train.slice(0, rows),
    evaluation: dev,
    headOnly: true,
    maxLength: MAX_LENGTH,
    seed,
  };
  const { storage, accuracy, seconds } = await runOf(options);
  const contents = headOf(readSafetensors(await storage.read("model.safetensors"), "model.safetensors"));
  const path = `${FOLDER}/reviews-${language}.safetensors`;
  writeFileSync(path, contents);
  facts[language] = { accuracy, trainingRows: options.train.length, validationRows: dev.length };
  console.log(
    `${path}: ${contents.length} bytes, ${percent(accuracy)} of ${dev.length} validation rows, ${seconds.toFixed(1)} s`,
  );
}
writeFileSync(`${FOLDER}/accuracy.json`, `${JSON.stringify(facts, undefined, 2)}\n`);

/** Returns a model directory with the values of the 8-bit weights. */
function encoderOf(folder, language) {
  return {
    name: folder,
    read: async (path) => {
      if (path === "model.safetensors") return roundedEncoder(language);
      return ["config.json", "vocab.txt"].includes(path) ? readFileSync(`${folder}/${path}`) : undefined;
    },
  };
}

/** Returns the file of a head: the diagonal of the pooler's weights, its bias, and the classifier. */
function headOf(tensors) {
  const values = (name) => tensors.get(`bert.${name}`) ?? tensors.get(name);
  const dense = values("pooler.dense.weight");
  const [size] = dense.shape;
  const matrix = dense.toFloat32();
  const diagonal = Float32Array.from({ length: size }, (_, i) => matrix[i * size + i]);
  const rest = ["pooler.dense.bias", "classifier.weight", "classifier.bias"];
  return writeSafetensors(
    new Map([
      ["pooler.dense.diagonal", tensorFromFloat32([size], diagonal)],
      ...rest.map((name) => [name, values(name)]),
    ]),
  );
}
