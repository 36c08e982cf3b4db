import { modelFiles } from "@bertie/model";
import type { TrainStep } from "@bertie/optim";
import type { FileWriter, Workspace } from "../storage/storage.ts";
import type { EvaluatedRow } from "./evaluated-rows.ts";
import type { Baseline, Results } from "./events.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { confusionOf, type EvaluatedSet, formatResults, metricsBySet } from "./results.ts";

/** Writes the files of a model directory except the weights: config.json, vocab.txt and the other files of the tokenizer. */
export async function writeModelFiles(folder: FileWriter, run: PreparedRun): Promise<void> {
  const { model, data, lowerCase, options } = run;
  const { vocab, tokenizer } = model;
  const config = { ...model.config, problemType: data.problemType ?? ("single_label_classification" as const) };
  const files = modelFiles({ config, vocab, tokenizer, lowerCase, labels: data.labels, maxLength: options.maxLength });
  for (const [name, contents] of files) await folder.write(name, contents);
}

/** Number of lines of eval_predictions.jsonl that are written at a time. */
const LINES_PER_WRITE = 4096;

/** Writes eval_results.txt, eval_results.json and eval_predictions.jsonl. */
export async function writeResults(
  workspace: Workspace,
  results: Results,
  sets: readonly EvaluatedSet[],
  labels: readonly string[],
  baseline?: Baseline | undefined,
): Promise<void> {
  await workspace.write("eval_results.txt", `${formatResults(results).join("\n")}\n`);
  const confusion = Object.fromEntries(sets.map(({ name, metrics }) => [name, confusionOf(metrics)]));
  const contents = {
    ...{ ...results, labels, confusion_matrix: confusion, evaluations: metricsBySet(sets) },
    ...(baseline && { baseline: baselineRecord(baseline) }),
  };
  await workspace.write("eval_results.json", formatJson(contents));
  await workspace.write("eval_predictions.jsonl", "");
  for (const { name, rows } of sets) {
    let lines: string[] = [];
    for (const row of rows()) {
      lines.push(formatEvaluatedRow(name, row));
      if (lines.length < LINES_PER_WRITE) continue;
      await workspace.append("eval_predictions.jsonl", lines.join(""));
      lines = [];
    }
    await workspace.append("eval_predictions.jsonl", lines.join(""));
  }
}

/** Returns a line of eval_predictions.jsonl. Probabilities have all digits, so that the metrics can be recomputed from them. */
function formatEvaluatedRow(set: string, { truth, prediction }: EvaluatedRow): string {
  const { guid: id } = prediction;
  if ("value" in prediction) return `${JSON.stringify({ set, id, label: truth, predicted: prediction.value })}\n`;
  const predicted = "label" in prediction ? prediction.label : prediction.labels;
  const probabilities = Object.fromEntries(prediction.probabilities);
  return `${JSON.stringify({ set, id, label: truth, predicted, probabilities })}\n`;
}

function baselineRecord({ method, set, scores, examples, seconds }: Baseline): Record<string, unknown> {
  return { method, set, ...scores, examples, seconds };
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
