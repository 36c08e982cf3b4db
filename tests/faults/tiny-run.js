// The smallest run with all parts: a BERT with one layer and hidden size 8, eight rows, three steps, checkpoints after steps 2
// and 3, and an evaluation.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Writes data and model files into a folder, and returns the options of the run, without --output-dir. */
export function tinyRun(folder, { engine = "reference", epochs = 1.5 } = {}) {
  const words = ["很差", "很好"];
  const rows = (count) =>
    Array.from({ length: count }, (_, i) => `${["bad", "good"][i % 2]}\t${words[i % 2]}${"，酒店".repeat(i % 3)}\n`);
  const config = {
    ...{ vocab_size: 101, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 },
    ...{ hidden_act: "gelu", hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, initializer_range: 0.02 },
    ...{ max_position_embeddings: 16, type_vocab_size: 2 },
  };
  const write = (name, text) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write("news/train.tsv", rows(8).join(""));
  write("news/dev.tsv", rows(4).join(""));
  const vocab = write("vocab.txt", readFileSync(join(ROOT, "tests/cli/fixtures/vocab.txt")));
  return [
    ...["train", "--do-train", "--do-eval", "--task-name", "news", "--data-dir", join(folder, "news")],
    ...[
      "--bert-config-file",
      write("bert_config.json", JSON.stringify(config)),
      "--vocab-file",
      vocab,
      "--random-weights",
    ],
    ...["--do-lower-case", "--max-seq-length", "12", "--train-batch-size", "4", "--num-train-epochs", String(epochs)],
    ...["--learning-rate", "1e-2", "--save-checkpoints-steps", "2", "--engine", engine, "--metric", "loss"],
  ];
}

/** Returns the parts of a run's output that interruptions must not change: all except the speed in the log. */
export function outcomeOf(run) {
  const log = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  return JSON.stringify({
    weights: sha256(readFileSync(join(run, "model.safetensors"))),
    results: readFileSync(join(run, "eval_results.txt"), "utf8"),
    steps: log.map((line) => ({ ...JSON.parse(line), examples_per_second: 0 })),
    // The name of the event file contains the time.
    files: readdirSync(run)
      .map((name) => name.replace(/^(events\.out\.tfevents)\..*/, "$1"))
      .sort(),
    checkpoints: readdirSync(join(run, "checkpoints")).sort(),
  });
}

/** Returns a description of each damaged file in the checkpoints of a run. */
export function findDamage(run) {
  const checkpoints = [run, `${run}.unfinished`].map((path) => join(path, "checkpoints")).filter(existsSync);
  return checkpoints.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.startsWith("step-"))
      .flatMap((name) => findDamageIn(join(folder, name))),
  );
}

function findDamageIn(checkpoint) {
  const { files } = JSON.parse(readFileSync(join(checkpoint, "manifest.json"), "utf8"));
  if (Object.keys(files).length < 7) return [`${checkpoint}: lists too few files`];
  return Object.entries(files).flatMap(([name, { sha256: expected }]) =>
    sha256(readFileSync(join(checkpoint, name))) === expected ? [] : [`${checkpoint}: ${name} is damaged`],
  );
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
