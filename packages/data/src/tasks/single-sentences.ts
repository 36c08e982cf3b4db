import type { Processor } from "../processor.ts";
import { FILES } from "./news.ts";
import { isGlueTest } from "./rows.ts";

/** Corpus of Linguistic Acceptability: whether a sentence is grammatical. */
export const cola: Processor = {
  taskName: "cola",
  problemType: "single_label_classification",
  metrics: ["matthews_correlation"],
  labels: ["0", "1"],
  files: FILES,
  submissions: { test: "CoLA.tsv" },
  layout(set, rows) {
    return set === "test" && isGlueTest(rows) ? { header: true, textA: 1 } : { header: false, label: 1, textA: 3 };
  },
};

/** Stanford Sentiment Treebank: whether a phrase of a movie review is positive. */
export const sst2: Processor = {
  taskName: "sst-2",
  problemType: "single_label_classification",
  metrics: ["accuracy"],
  labels: ["0", "1"],
  files: FILES,
  submissions: { test: "SST-2.tsv" },
  layout(set, rows) {
    return set === "test" && isGlueTest(rows)
      ? { header: true, guid: 0, textA: 1 }
      : { header: true, textA: 0, label: 1 };
  },
};
