import { BertieError } from "@bertie/common";
import type { Layout, Processor } from "./processor.ts";
import type { TableRow } from "./tsv.ts";

const FILES = { train: "train.tsv", dev: "dev.tsv", test: "test.tsv" };

/** Single texts under any labels, `label<TAB>text`. A test file without a single tab holds texts alone. */
const news: Processor = {
  taskName: "news",
  labels: undefined,
  files: FILES,
  layout(set, rows) {
    const textsAlone = set === "test" && haveOneCell(rows);
    return textsAlone ? { header: false, textA: 0 } : { header: false, label: 0, textA: 1 };
  },
};

/** The Microsoft Research paraphrase corpus: do two sentences mean the same? */
const mrpc: Processor = {
  taskName: "mrpc",
  labels: ["0", "1"],
  files: FILES,
  layout(set, rows) {
    const texts = { header: true, textA: 3, textB: 4 };
    return set === "test" && isGlueTest(rows) ? texts : { ...texts, label: 0 };
  },
};

/** Natural language inference: the files of train, dev and test have 12, 16 and 10 columns, the label last. */
const mnli: Processor = {
  taskName: "mnli",
  labels: ["contradiction", "entailment", "neutral"],
  files: {
    train: "train.tsv",
    dev: "dev_matched.tsv",
    test: "test_matched.tsv",
    dev_matched: "dev_matched.tsv",
    dev_mismatched: "dev_mismatched.tsv",
    test_matched: "test_matched.tsv",
    test_mismatched: "test_mismatched.tsv",
  },
  layout(set, rows) {
    const texts = { header: true, guid: 0, textA: 8, textB: 9 };
    const header = firstCells(rows);
    if (set.startsWith("test") && header.at(-1) !== "gold_label") return texts;
    // By the header, not the row: a row cut short must not give another column as its label.
    return { ...texts, label: Math.max(header.length - 1, texts.textB + 1) };
  },
};

/** The corpus of linguistic acceptability: is a sentence grammatical? */
const cola: Processor = {
  taskName: "cola",
  labels: ["0", "1"],
  files: FILES,
  layout(set, rows): Layout {
    return set === "test" && isGlueTest(rows) ? { header: true, textA: 1 } : { header: false, label: 1, textA: 3 };
  },
};

/** GLUE's own test files have no labels: a header starts with `index`, and the first column numbers the rows. */
function isGlueTest(rows: Iterable<TableRow>): boolean {
  return firstCells(rows)[0] === "index";
}

function firstCells(rows: Iterable<TableRow>): readonly string[] {
  for (const { cells } of rows) return cells;
  return [];
}

function haveOneCell(rows: Iterable<TableRow>): boolean {
  for (const { cells } of rows) if (cells.length > 1) return false;
  return true;
}

const PROCESSORS = new Map([news, mrpc, mnli, cola].map((processor) => [processor.taskName, processor]));

/** The tasks that {@link getProcessor} knows. */
export const taskNames: readonly string[] = [...PROCESSORS.keys()];

/**
 * The processor of a task, whatever the case of its name. Layouts are those of the 2018 script `run_classifier`, and of
 * GLUE's test files.
 *
 * @throws BertieError "config/unknown-task", which lists the known ones
 */
export function getProcessor(taskName: string): Processor {
  const processor = PROCESSORS.get(taskName.toLowerCase());
  if (processor !== undefined) return processor;
  throw new BertieError("config/unknown-task", `there is no task "${taskName}"; there are ${taskNames.join(", ")}`);
}
