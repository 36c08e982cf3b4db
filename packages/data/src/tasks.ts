import { BertieError, didYouMean } from "@bertie/common";
import type { Layout, Processor } from "./processor.ts";
import type { TableRow } from "./tsv.ts";

const FILES = { train: "train.tsv", dev: "dev.tsv", test: "test.tsv" };

/** Single texts with any labels: `label<TAB>text`. A test file without tabs has one text per line. */
const news: Processor = {
  taskName: "news",
  labels: undefined,
  files: FILES,
  layout(set, rows) {
    const textOnly = set === "test" && haveOneCell(rows);
    return textOnly ? { header: false, textA: 0 } : { header: false, label: 0, textA: 1, columns: 2 };
  },
};

/** Microsoft Research Paraphrase Corpus: whether two sentences have the same meaning. */
const mrpc: Processor = {
  taskName: "mrpc",
  labels: ["0", "1"],
  files: FILES,
  layout(set, rows) {
    const texts = { header: true, textA: 3, textB: 4 };
    return set === "test" && isGlueTest(rows) ? texts : { ...texts, label: 0 };
  },
};

/** Multi-Genre Natural Language Inference. Train and dev files have 12 and 16 columns with the label last; test files have 10. */
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
    // Counts the header's columns, because the last column of a truncated row is not the label.
    return { ...texts, label: Math.max(header.length - 1, texts.textB + 1) };
  },
};

/** Corpus of Linguistic Acceptability: whether a sentence is grammatical. */
const cola: Processor = {
  taskName: "cola",
  labels: ["0", "1"],
  files: FILES,
  layout(set, rows): Layout {
    return set === "test" && isGlueTest(rows) ? { header: true, textA: 1 } : { header: false, label: 1, textA: 3 };
  },
};

/** The test files of GLUE have no labels. Their header starts with `index`, and the first column numbers the rows. */
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

/** Names of the tasks that {@link getProcessor} supports. */
export const taskNames: readonly string[] = [...PROCESSORS.keys()];

/**
 * Returns the processor of a task. The name is not case-sensitive. The layouts match the 2018 script `run_classifier` and the
 * GLUE test files.
 *
 * @throws BertieError "config/unknown-task", with the supported tasks, if the task is unknown
 * @example
 * ```ts
 * import { getProcessor } from "@bertie/data";
 *
 * console.log(getProcessor("mnli").labels); // ["contradiction", "entailment", "neutral"]
 * ```
 */
export function getProcessor(taskName: string): Processor {
  const processor = PROCESSORS.get(taskName.toLowerCase());
  if (processor !== undefined) return processor;
  throw new BertieError(
    "config/unknown-task",
    `unknown task "${taskName}".${didYouMean(taskName, taskNames)} Use one of: ${taskNames.join(", ")}. For your own data, use "news": one example per line, with a tab between the label and the text.`,
  );
}
