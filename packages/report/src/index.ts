export { type ComparedRun, type Comparison, compareRuns } from "./compare/comparison.ts";
export { comparisonHtml } from "./compare/comparison-html.ts";
export { comparisonLines } from "./compare/describe.ts";
export type { PredictedRow } from "./compare/predicted-rows.ts";
export { labelScoresOf } from "./label-scores.ts";
export { modelCard } from "./model-card/model-card.ts";
export type * from "./report-data.ts";
export { reportHtml } from "./report-html.ts";
export { eventFileName, eventFileStart, type SummaryEvent, summaryRecord } from "./tensorboard/events.ts";
