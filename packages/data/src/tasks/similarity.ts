import type { Processor } from "../processor.ts";
import { FILES } from "./news.ts";
import { firstCells, isGlueTest } from "./rows.ts";

/** Microsoft Research Paraphrase Corpus: whether two sentences have the same meaning. */
export const mrpc: Processor = {
  taskName: "mrpc",
  problemType: "single_label_classification",
  metrics: ["accuracy", "f1"],
  labels: ["0", "1"],
  files: FILES,
  submissions: { test: "MRPC.tsv" },
  layout(set, rows) {
    const texts = { header: true, textA: 3, textB: 4 };
    return set === "test" && isGlueTest(rows) ? texts : { ...texts, label: 0 };
  },
};

/**
 * Quora Question Pairs: whether two questions have the same meaning. Some rows of the training file of GLUE lack columns, and are
 * skipped, as in transformers. Test files have the columns `id`, `question1` and `question2`.
 */
export const qqp: Processor = {
  taskName: "qqp",
  problemType: "single_label_classification",
  metrics: ["accuracy", "f1"],
  labels: ["0", "1"],
  files: FILES,
  submissions: { test: "QQP.tsv" },
  layout(set, rows) {
    const labeled = { header: true, guid: 0, textA: 3, textB: 4, label: 5, skipShortRows: set !== "test" };
    const isTest = set === "test" && !firstCells(rows).includes("is_duplicate");
    return isTest ? { header: true, guid: 0, textA: 1, textB: 2 } : labeled;
  },
};

/** Semantic Textual Similarity Benchmark: how similar two sentences are, from 0 to 5. The score is the last column. */
export const stsb: Processor = {
  taskName: "sts-b",
  problemType: "regression",
  metrics: ["pearson", "spearman"],
  labels: ["score"],
  files: FILES,
  submissions: { test: "STS-B.tsv" },
  layout(set, rows) {
    const texts = { header: true, guid: 0, textA: 7, textB: 8 };
    const header = firstCells(rows);
    const isTest = set === "test" && header.at(-1) !== "score";
    return isTest ? texts : { ...texts, label: Math.max(header.length - 1, texts.textB + 1) };
  },
};
