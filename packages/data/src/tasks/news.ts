import type { Processor } from "../processor.ts";
import { haveOneCell } from "./rows.ts";

/** Names of the files of most tasks. */
export const FILES = { train: "train.tsv", dev: "dev.tsv", test: "test.tsv" } as const;

/** Single texts with any labels: `label<TAB>text`. A test file without tabs has one text per line. */
export const news: Processor = {
  taskName: "news",
  problemType: "single_label_classification",
  metrics: ["accuracy", "macro_f1"],
  labels: undefined,
  files: FILES,
  layout(set, rows) {
    const textOnly = set === "test" && haveOneCell(rows);
    return textOnly ? { header: false, textA: 0 } : { header: false, label: 0, textA: 1, columns: 2 };
  },
};
