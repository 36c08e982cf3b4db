// Writes exported models of all kinds with random weights, and Bertie's own results for the texts of texts.json:
//   node write_models.js DIRECTORY
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TextClassifier } from "@bertie/classifier";
import { Random } from "@bertie/common";
import {
  bertConfigFromJson,
  initializeParameters,
  modelFiles,
  parameterSpecs,
  parameterTensors,
  writeSafetensors,
} from "@bertie/model";

const [target] = process.argv.slice(2);
const words = "good bad room the is very not un ##clean ##ly 很 好 差 房 间 ， ?".split(" ");
const vocabulary = `${["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n")}\n`;
const texts = JSON.parse(await readFile(new URL("texts.json", import.meta.url), "utf8"));

/** Names of the models, their labels, and their settings in run.json and config.json. */
const models = {
  single: { labels: ["good", "bad", "so-so"], record: {} },
  truncated: { labels: ["good", "bad"], record: { max_seq_length: 6 } },
  head: { labels: ["good", "bad"], record: { max_seq_length: 7, long_text: "head+tail" } },
  windows: { labels: ["good", "bad"], record: { max_seq_length: 8, long_text: "windows", window_overlap: 2 } },
  several: {
    labels: ["clean", "quiet", "cheap"],
    record: { max_seq_length: 9, long_text: "windows", threshold: 0.45 },
    config: { problem_type: "multi_label_classification" },
  },
  value: { labels: ["stars"], record: {}, config: { problem_type: "regression" } },
  pairs: { labels: ["same", "other"], record: { max_seq_length: 9, pairs: true } },
  "pairs-head": { labels: ["same", "other"], record: { max_seq_length: 10, pairs: true, long_text: "head+tail" } },
  "pairs-windows": { labels: ["same", "other"], record: { max_seq_length: 10, pairs: true, long_text: "windows" } },
};

function filesOf({ labels, record, config }) {
  const parsed = bertConfigFromJson(
    JSON.stringify({
      ...{ hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 },
      ...{ hidden_act: "gelu", hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, initializer_range: 0.02 },
      ...{ vocab_size: words.length + 5, max_position_embeddings: 24, type_vocab_size: 2, ...config },
    }),
    "config.json",
  );
  const specs = parameterSpecs(parsed, labels.length);
  const weights = initializeParameters(specs, 0.5, new Random(7, "model"));
  const vocab = new TextEncoder().encode(vocabulary);
  const files = modelFiles({ config: parsed, labels, vocab, lowerCase: true, maxLength: 16 });
  files.set("model.safetensors", writeSafetensors(parameterTensors(specs, weights)));
  files.set("run.json", JSON.stringify(record));
  return new Map(Array.from(files, ([name, contents]) => [name, Buffer.from(contents)]));
}

for (const [name, model] of Object.entries(models)) {
  const files = filesOf(model);
  const classifier = await TextClassifier.load({ name, read: async (path) => files.get(path) });
  const directory = join(target, name);
  await classifier.export(directory, { dtypes: ["fp32"], overwrite: true });
  const isPair = model.record.pairs === true;
  const rows = texts.map((text, i) => (isPair ? { text, pair: texts[(i * 7 + 3) % texts.length] } : text));
  const results = await classifier.classify(rows);
  const { maxLength, threshold, labels } = classifier;
  const scoresOf = (result) => labels.map((label) => result.find((entry) => entry.label === label).score);
  await writeFile(
    join(target, `${name}.json`),
    JSON.stringify({
      maxLength,
      best: results.map(([first]) => first.label),
      predicted: results.map((result) =>
        labels.filter((label) => result.find((entry) => entry.label === label).predicted),
      ),
      scores: results.map(scoresOf),
      threshold,
      pairs: isPair ? rows.map(({ pair }) => pair) : undefined,
    }),
  );
  await classifier.dispose();
}
