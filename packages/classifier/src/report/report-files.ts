/** Names of the files of a run that describe it for people. */
export const REPORT_FILES = {
  report: "report.html",
  card: "README.md",
  /** Worst mistakes of the evaluation with their texts, one JSON object per line. */
  mistakes: "mistakes.jsonl",
  /** Training rows that are probably mislabeled, one JSON object per line. */
  suspects: "suspects.jsonl",
};
