import { BertieError } from "@bertie/common";
import type { DataSet, RunData } from "../data/data-set.ts";
import type { TrainingOptions } from "./options.ts";
import { availableMetrics } from "./scores.ts";

/**
 * Checks that the metric is computed for the problem, and that it is defined on the evaluation set.
 *
 * @throws BertieError "options/metric"
 */
export function checkMetric(
  { metric }: Pick<TrainingOptions, "metric">,
  { taskName, problemType, labels, evaluations }: RunData,
): void {
  if (metric === undefined) return;
  const available = availableMetrics(taskName, problemType);
  if (!available.includes(metric)) {
    const text = `metric (--metric) is ${metric}, which is not available for ${taskName === undefined ? "this data" : `the task ${taskName}`}. Choose one of ${available.join(", ")}.`;
    throw new BertieError("options/metric", text);
  }
  const [set] = evaluations;
  const constant = set && (metric === "roc_auc" || metric === "roc_auc_macro") ? constantLabel(set, labels) : undefined;
  if (constant === undefined) return;
  const text = `metric (--metric) is ${metric}, which is undefined because ${constant.count === 0 ? "no row" : "every row"} of the ${set!.name} set has the label ${JSON.stringify(constant.label)}. Evaluate on rows with and without every label, or choose another metric, such as accuracy.`;
  throw new BertieError("options/metric", text);
}

/** Returns the first label that all rows or no rows have. */
function constantLabel({ features }: DataSet, labels: readonly string[]) {
  const counts = labels.map(
    (_, id) => features.filter(({ labelId, targets }) => (targets ? targets[id] === 1 : labelId === id)).length,
  );
  const id = counts.findIndex((count) => count === 0 || count === features.length);
  return id < 0 ? undefined : { label: labels[id]!, count: counts[id]! };
}
