import { findSuspects, type InputExample } from "@bertie/data";
import { probabilities } from "@bertie/optim";
import type { DataSet, RunData } from "../data/data-set.ts";
import type { FileWriter } from "../storage/storage.ts";

/** Training row whose label is probably wrong. */
export interface RunSuspect {
  /** Id of the row, such as "train-12". */
  readonly id: string;
  /** Text of the row; both texts of a pair, separated by a space; empty if the set was read as features. */
  readonly text: string;
  readonly label: string;
  /** Label that the features suggest. */
  readonly suggested: string;
  /** Probability of the suggested label, from 0 to 1. */
  readonly confidence: number;
}

/**
 * Returns the rows of a set that are probably mislabeled, the most probable ones first, at most a tenth of the rows. Only
 * for single-label classification; otherwise empty.
 *
 * @param rows indices of rows of the set's features
 * @param logits logits of these rows from heads that were not fitted to them, `[rows, labels]`
 */
export function suspectsOf(
  set: DataSet,
  { labels, problemType = "single_label_classification" }: Pick<RunData, "labels" | "problemType">,
  rows: readonly number[],
  logits: Float64Array,
): RunSuspect[] {
  if (problemType !== "single_label_classification") return [];
  // Of a text that is split into windows, only the first window is checked.
  const seen = new Set<number>();
  const checked = [...rows.keys()].filter((at) => {
    const row = rows[at]!;
    const example = set.features[row]!.example ?? row;
    const isNew = !seen.has(example);
    seen.add(example);
    return isNew && !Number.isNaN(logits[at * labels.length]!);
  });
  if (checked.length === 0) return [];
  const scores = checked.flatMap((at) => [...logits.subarray(at * labels.length, (at + 1) * labels.length)]);
  const suspects = findSuspects({
    labels: checked.map((at) => set.features[rows[at]!]!.labelId!),
    probabilities: probabilities(Float32Array.from(scores), checked.length),
  });
  return suspects.map(({ row, label, suggested, confidence }) => {
    const feature = rows[checked[row]!]!;
    const index = set.features[feature]!.example ?? feature;
    return {
      id: set.guids?.[index] ?? `${set.name}-${index}`,
      text: textOf(set.examples?.[index]),
      label: labels[label]!,
      suggested: labels[suggested]!,
      confidence,
    };
  });
}

function textOf(example: InputExample | undefined): string {
  return example === undefined ? "" : [example.textA, example.textB].filter((text) => text !== undefined).join(" ");
}

/**
 * Returns the contents of suspects.tsv: a header, then one line per suspect, the most probable one first. Tabs and line
 * breaks in texts are replaced by spaces.
 *
 * @example
 * ```ts
 * import { formatSuspects } from "@bertie/classifier";
 *
 * const suspect = { id: "train-3", text: "很差", label: "positive", suggested: "negative", confidence: 0.98 };
 * console.log(formatSuspects([suspect]).split("\n")[1]); // 1\ttrain-3\tpositive\tnegative\t0.9800\t很差
 * ```
 */
export function formatSuspects(suspects: readonly RunSuspect[]): string {
  const header = ["rank", "id", "label", "suggested", "confidence", "text"];
  const lines = suspects.map(({ id, label, suggested, confidence, text }, i) => [
    String(i + 1),
    ...[id, label, suggested].map(oneLine),
    confidence.toFixed(4),
    oneLine(text),
  ]);
  return [header, ...lines].map((cells) => `${cells.join("\t")}\n`).join("");
}

function oneLine(text: string): string {
  return text.replace(/[\t\n\r\u2028\u2029]+/g, " ");
}

/** Writes the suspects of a run to suspects.tsv, and to suspects.jsonl without changes to the texts. */
export async function writeSuspects(folder: FileWriter, suspects: readonly RunSuspect[] | undefined): Promise<void> {
  if (suspects === undefined || suspects.length === 0) return;
  await folder.write("suspects.tsv", formatSuspects(suspects));
  await folder.write("suspects.jsonl", suspects.map((suspect) => `${JSON.stringify(suspect)}\n`).join(""));
}
