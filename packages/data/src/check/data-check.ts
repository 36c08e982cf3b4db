import type { ProblemType } from "@bertie/common";
import type { InputExample } from "../example.ts";
import type { CountTokens } from "./lengths.ts";
import { createRowHashes } from "./row-hashes.ts";
import { createSetCheck, type SetCheck } from "./set-check.ts";
import {
  type CheckedSet,
  checkedSets,
  type DataSummary,
  type FileFacts,
  type FileSummary,
  type FirstRow,
} from "./summary.ts";

/** Options of {@link createDataCheck}. */
export interface DataCheckOptions {
  /** Kind of problem. @default "single_label_classification" */
  readonly problemType?: ProblemType | undefined;
  /** Counts tokens, see {@link tokenCounter}. @default lengths are counted in characters */
  readonly countTokens?: CountTokens | undefined;
  /** Maximum length of a text in tokens; longer texts are counted as truncated. */
  readonly maxLength?: number | undefined;
}

/** Check of the data of a run, row by row. Memory: about 40 bytes per row. */
export interface DataCheck {
  /** Adds an example. Examples of different sets may be added in any order. */
  readonly add: (set: CheckedSet, example: InputExample) => void;
  /** Adds facts about a file. May be called several times for a file; numbers are added up. */
  readonly addFile: (set: CheckedSet, facts: FileFacts) => void;
  /** Returns the summary. Nothing may be added afterwards. */
  readonly finish: () => DataSummary;
}

/** Number of characters of a text that the summary keeps. */
const KEPT_CHARACTERS = 200;

/**
 * Creates an empty data check.
 *
 * @example
 * ```ts
 * import { createDataCheck, formatDataSummary, problemsOf } from "@bertie/data";
 *
 * const check = createDataCheck();
 * check.add("train", { guid: "train-0", textA: "clean rooms", label: "good" });
 * check.add("train", { guid: "train-1", textA: "broken screen", label: "good" });
 * const summary = check.finish();
 * console.log(problemsOf(summary).map(({ code }) => code)); // ["input/too-few-labels"]
 * console.log(formatDataSummary(summary)[0]);
 * ```
 */
export function createDataCheck(options: DataCheckOptions = {}): DataCheck {
  const { problemType = "single_label_classification", countTokens, maxLength } = options;
  const hashes = createRowHashes();
  const sets = new Map<CheckedSet, SetCheck>();
  const files = new Map<string, FileSummary>();

  function changeFile(set: CheckedSet, fileName: string, change: (file: FileSummary) => Partial<FileSummary>): void {
    const key = `${set}\0${fileName}`;
    const numbers = { rows: 0, blankRows: 0, badRows: 0, trimmedLabels: 0, extraColumnRows: 0 };
    const file = files.get(key) ?? { set, fileName, first: undefined, ...numbers };
    files.set(key, { ...file, ...change(file) });
  }

  /** Rows of the file that is being read, which are added to its summary later. */
  const current = { set: "train" as CheckedSet, fileName: "", rows: 0, first: undefined as FirstRow | undefined };
  function endFile(): void {
    const { set, fileName, rows, first } = current;
    if (rows > 0) changeFile(set, fileName, (file) => ({ rows: file.rows + rows, first: file.first ?? first }));
    current.rows = 0;
  }

  return {
    add(set, example) {
      const fileName = example.source?.fileName ?? set;
      if (current.rows === 0 || current.set !== set || current.fileName !== fileName) {
        endFile();
        Object.assign(current, { set, fileName, first: firstRowOf(example) });
      }
      current.rows++;
      const { textA, textB } = example;
      if (!sets.has(set)) sets.set(set, createSetCheck(set, { countTokens, maxLength }));
      sets.get(set)!.add(example);
      hashes.add(checkedSets.indexOf(set), textA, textB, targetOf(example));
    },
    addFile(set, { fileName, ...facts }) {
      endFile();
      changeFile(set, fileName, (file) => ({
        blankRows: file.blankRows + (facts.blankRows ?? 0),
        badRows: file.badRows + (facts.badRows ?? 0),
        trimmedLabels: file.trimmedLabels + (facts.trimmedLabels ?? 0),
        extraColumnRows: file.extraColumnRows + (facts.extraColumnRows ?? 0),
      }));
    },
    finish() {
      endFile();
      const present = checkedSets.filter((set) => sets.has(set));
      const counts = present.map((set) => ({
        ...sets.get(set)!.finish(),
        ...hashes.duplicatesIn(checkedSets.indexOf(set)),
      }));
      const evaluations = sets.has("train") ? counts.filter(({ set }) => set !== "train") : [];
      return {
        problemType,
        files: [...files.values()],
        sets: counts,
        overlaps: evaluations.map(({ set, rows }) => ({ set, rows, ...hashes.overlapOf(checkedSets.indexOf(set), 0) })),
        lengthUnit: countTokens === undefined ? "characters" : "tokens",
        ...(countTokens && maxLength !== undefined && { maxLength }),
      };
    },
  };
}

/** Returns the label, labels or value of an example as text, or undefined if it has none. */
function targetOf({ label, labels, value }: InputExample): string | undefined {
  if (labels !== undefined) return labels.toSorted().join("\0");
  return label ?? (value === undefined ? undefined : String(value));
}

function firstRowOf({ textA, textB, label, labels, value }: InputExample): FirstRow {
  const target = labels?.join(", ") ?? label ?? (value === undefined ? undefined : String(value));
  return {
    text: shortened(textA),
    ...(textB !== undefined && { pair: shortened(textB) }),
    ...(target !== undefined && { label: shortened(target) }),
  };
}

function shortened(text: string): string {
  return text.length > KEPT_CHARACTERS ? `${text.slice(0, KEPT_CHARACTERS)}…` : text;
}
