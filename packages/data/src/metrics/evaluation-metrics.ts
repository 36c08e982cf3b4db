import type { MultiLabelMetrics } from "./multi-label.ts";
import type { RegressionMetrics } from "./regression.ts";
import type { SingleLabelMetrics } from "./single-label.ts";

/** Metrics of an evaluated set, as in eval_results.json. The key `problem_type` tells the kinds apart. */
export type EvaluationMetrics = SingleLabelMetrics | MultiLabelMetrics | RegressionMetrics;
