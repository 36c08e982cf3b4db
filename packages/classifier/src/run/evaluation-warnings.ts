import type { EvaluationMetrics } from "@bertie/data";

const LISTED = 5;

/** Returns warnings about a model that ignores part of the problem, which averages such as the accuracy can hide. */
export function evaluationWarnings(set: string, metrics: EvaluationMetrics): string[] {
  if (metrics.problem_type === "regression") {
    const isConstant = metrics.pearson === null && metrics.examples > 1;
    const text = `${set}: the correlation is undefined, because all predictions or all true values are the same.`;
    return isConstant ? [text] : [];
  }
  const missed = metrics.per_class.filter(({ support, recall }) => support > 0 && recall === 0);
  const describe = ({ label, support, predicted }: (typeof missed)[number]) => {
    const rows = `${support} row${support === 1 ? "" : "s"}`;
    const problem = predicted === 0 ? "was never predicted" : "was only predicted for other rows";
    return `label ${JSON.stringify(label)} ${problem}, although ${rows} ${support === 1 ? "has" : "have"} it`;
  };
  const more = missed.length - LISTED;
  return [
    ...missed.slice(0, LISTED).map((label) => `${set}: ${describe(label)} (recall 0).`),
    ...(more > 0 ? [`${set}: ${more} more label${more === 1 ? " has" : "s have"} a recall of 0.`] : []),
  ];
}
