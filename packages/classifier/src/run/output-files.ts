import { modelFiles } from "@bertie/model";
import type { TrainStep } from "@bertie/optim";
import type { FileWriter } from "../storage/storage.ts";
import type { Prediction, Results } from "./events.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { type EvaluatedSet, formatResults } from "./results.ts";

/** Writes the files of a model directory except the weights: config.json, vocab.txt and tokenizer_config.json. */
export async function writeModelFiles(folder: FileWriter, run: PreparedRun): Promise<void> {
  const { model, data, lowerCase, options } = run;
  const { vocab } = model;
  const config = { ...model.config, problemType: data.problemType ?? ("single_label_classification" as const) };
  const files = modelFiles({ config, vocab, lowerCase, labels: data.labels, maxLength: options.maxLength });
  for (const [name, contents] of files) await folder.write(name, contents);
}

/** Writes eval_results.txt and eval_results.json. */
export async function writeResults(
  folder: FileWriter,
  results: Results,
  sets: readonly EvaluatedSet[],
  labels: readonly string[],
): Promise<void> {
  await folder.write("eval_results.txt", `${formatResults(results).join("\n")}\n`);
  const confusion = Object.fromEntries(sets.map(({ name, confusion }) => [name, confusion]));
  await folder.write("eval_results.json", formatJson({ ...results, labels, confusion_matrix: confusion }));
}

/** Returns a line of metrics.jsonl. */
export function formatStep(step: TrainStep): string {
  const { step: number, epoch, loss, learningRate, gradNorm, examplesPerSecond, lossScale = 1 } = step;
  const metrics = {
    step: number,
    epoch,
    loss,
    learning_rate: learningRate,
    grad_norm: gradNorm,
    examples_per_second: examplesPerSecond,
    loss_scale: lossScale,
  };
  return `${JSON.stringify(metrics)}\n`;
}

/**
 * Returns a line of predictions.tsv: the label, and the probabilities of all labels in the order of their ids.
 *
 * @example
 * ```ts
 * import { formatPrediction } from "@bertie/classifier";
 *
 * const probabilities = new Map([["negative", 0.25], ["positive", 0.75]]);
 * console.log(formatPrediction({ guid: "test-0", label: "positive", probabilities })); // positive\t0.250000\t0.750000\n
 * ```
 */
export function formatPrediction({ label, probabilities }: Prediction): string {
  return `${[label, ...Array.from(probabilities.values(), (probability) => probability.toFixed(6))].join("\t")}\n`;
}

/**
 * Returns a value as JSON that is indented by 2 spaces and ends with a line feed.
 *
 * @example
 * ```ts
 * import { formatJson } from "@bertie/classifier";
 *
 * console.log(formatJson({ loss: 0.5 })); // {\n  "loss": 0.5\n}\n
 * ```
 */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
