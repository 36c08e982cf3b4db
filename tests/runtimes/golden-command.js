import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Trains a tiny BERT with the command, and compares the losses with the reference implementation's.
 *
 * @param root path of the repository
 * @param command program and first arguments that start bertie in this runtime
 * @throws if a loss differs by 2e-5 or more
 */
export function goldenCommand(root, [program, ...first]) {
  const fixtures = join(root, "tests/fixtures/training");
  const trace = JSON.parse(readFileSync(join(fixtures, "golden_full_schedule.json"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "bertie-"));
  try {
    const features = join(folder, "train.jsonl");
    writeFileSync(features, trainingRows(trace));
    const args = [
      ["train", "--do-train", "--train-features", features, "--no-shuffle", "--output-dir", join(folder, "run")],
      ["--bert-config-file", join(root, "packages/model/fixtures/tiny-bert/bert_config.json")],
      ["--init-checkpoint", join(fixtures, "init_full_schedule.safetensors"), "--num-labels", trace.num_labels],
      ["--max-seq-length", trace.input_ids[0].length, "--num-train-epochs", 1, "--learning-rate", trace.lr],
      ["--train-batch-size", trace.micro_batch * trace.accumulation, "--warmup-proportion", trace.warmup],
      ["--gradient-accumulation-steps", trace.accumulation],
    ];
    execFileSync(program, [...first, ...args.flat().map(String)], { stdio: "pipe" });
    const metrics = readFileSync(join(folder, "run/metrics.jsonl"), "utf8").trimEnd().split("\n");
    assertClose(
      metrics.map((line) => JSON.parse(line).loss),
      trace.traces["062"].steps.map(({ micro }) => micro.reduce((sum, { loss }) => sum + loss, 0) / micro.length),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function trainingRows({ optimizer_steps, accumulation, micro_batch, input_ids, input_mask, segment_ids, labels }) {
  const row = (_, i) =>
    JSON.stringify({
      input_ids: input_ids[i],
      input_mask: input_mask[i],
      segment_ids: segment_ids[i],
      label_id: labels[i],
    });
  return Array.from({ length: optimizer_steps * accumulation * micro_batch }, row).join("\n");
}

function assertClose(actual, expected) {
  const near = actual.length === expected.length && actual.every((x, i) => Math.abs(x - expected[i]) < 2e-5);
  if (!near) throw new Error(`losses: ${actual}, expected ${expected}`);
}
