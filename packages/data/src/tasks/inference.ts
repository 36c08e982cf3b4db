import type { Layout, Processor, SetName } from "../processor.ts";
import type { TableRow } from "../tsv.ts";
import { FILES } from "./news.ts";
import { firstCells } from "./rows.ts";

const INFERENCE = { problemType: "single_label_classification", metrics: ["accuracy"] } as const;
const THREE_LABELS = ["contradiction", "entailment", "neutral"] as const;
const TWO_LABELS = ["entailment", "not_entailment"] as const;

/** Layout of mnli. Train and dev files have 12 and 16 columns with the label last; test files have 10. */
function mnliLayout(set: SetName, rows: Iterable<TableRow>): Layout {
  if (set === "ax") return AX_LAYOUT;
  const texts = { header: true, guid: 0, textA: 8, textB: 9 };
  const header = firstCells(rows);
  if (set.startsWith("test") && header.at(-1) !== "gold_label") return texts;
  // Counts the header's columns, because the last column of a truncated row is not the label.
  return { ...texts, label: Math.max(header.length - 1, texts.textB + 1) };
}

const AX_LAYOUT: Layout = { header: true, guid: 0, textA: 1, textB: 2 };
const AX_FILES = ["AX.tsv", "diagnostic.tsv"] as const;

/** Multi-Genre Natural Language Inference, evaluated on the matched and the mismatched genres. */
export const mnli: Processor = {
  ...INFERENCE,
  taskName: "mnli",
  labels: THREE_LABELS,
  files: {
    train: "train.tsv",
    dev: "dev_matched.tsv",
    test: "test_matched.tsv",
    dev_matched: "dev_matched.tsv",
    dev_mismatched: "dev_mismatched.tsv",
    test_matched: "test_matched.tsv",
    test_mismatched: "test_mismatched.tsv",
    ax: AX_FILES[0],
  },
  otherFiles: { ax: AX_FILES.slice(1) },
  otherDevSets: ["dev_mismatched"],
  otherTestSets: ["test_mismatched", "ax"],
  submissions: { test: "MNLI-m.tsv", test_matched: "MNLI-m.tsv", test_mismatched: "MNLI-mm.tsv", ax: "AX.tsv" },
  layout: mnliLayout,
};

/** Multi-Genre Natural Language Inference, evaluated on the mismatched genres only. */
export const mnliMismatched: Processor = {
  ...INFERENCE,
  taskName: "mnli-mm",
  labels: THREE_LABELS,
  files: { train: "train.tsv", dev: "dev_mismatched.tsv", test: "test_mismatched.tsv" },
  submissions: { test: "MNLI-mm.tsv" },
  layout: mnliLayout,
};

/** Diagnostic test set of GLUE, for models that were trained on mnli. It has no training set and no labels. */
export const ax: Processor = {
  ...INFERENCE,
  taskName: "ax",
  metrics: ["matthews_correlation"],
  labels: THREE_LABELS,
  files: { test: AX_FILES[0] },
  otherFiles: { test: AX_FILES.slice(1) },
  submissions: { test: "AX.tsv" },
  layout: () => AX_LAYOUT,
};

/** Pairs of texts in columns 2 and 3, with an index in column 1 and the label in column 4, which test files lack. */
function pairTask(taskName: string, labels: readonly string[], submission: string): Processor {
  const texts = { header: true, guid: 0, textA: 1, textB: 2 };
  return {
    ...INFERENCE,
    taskName,
    labels,
    files: FILES,
    submissions: { test: submission },
    layout: (set, rows) => (set === "test" && firstCells(rows).at(-1) !== "label" ? texts : { ...texts, label: 3 }),
  };
}

/** Question-answering Natural Language Inference: whether a sentence contains the answer to a question. */
export const qnli = pairTask("qnli", TWO_LABELS, "QNLI.tsv");

/** Recognizing Textual Entailment: whether the first sentence entails the second one. */
export const rte = pairTask("rte", TWO_LABELS, "RTE.tsv");

/** Winograd Natural Language Inference: whether a sentence with a replaced pronoun follows from the original sentence. */
export const wnli = pairTask("wnli", ["0", "1"], "WNLI.tsv");
