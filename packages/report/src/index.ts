export { labelScoresOf } from "./label-scores.ts";
export type * from "./report-data.ts";
export { reportHtml } from "./report-html.ts";
