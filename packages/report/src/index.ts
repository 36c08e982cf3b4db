export { labelScoresOf } from "./label-scores.ts";
export { modelCard } from "./model-card/model-card.ts";
export type * from "./report-data.ts";
export { reportHtml } from "./report-html.ts";
export { eventFileName, eventFileStart, type SummaryEvent, summaryRecord } from "./tensorboard/events.ts";
