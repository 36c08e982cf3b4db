/** Returns the metric of a task under the name that it has in the literature on the task. */
export function taskMetric(taskName: string | undefined): "f1" | "matthews_correlation" | "macro_f1" {
  return taskName === "mrpc" || taskName === "qqp" ? "f1" : taskName === "cola" ? "matthews_correlation" : "macro_f1";
}
