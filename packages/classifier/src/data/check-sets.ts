import type { ProblemType } from "@bertie/common";
import {
  type CheckContext,
  type CheckedSet,
  createDataCheck,
  type DataCheck,
  type DataSummary,
  type ExampleSet,
  type FileFacts,
  type InputExample,
  type Problem,
  problemsOf,
  throwFirstError,
  tokenCounter,
  type WordPieceTokenizer,
} from "@bertie/data";

/** Summary of the data of a run, and the problems that do not prevent the run. */
export interface CheckedData {
  readonly summary: DataSummary;
  readonly warnings: readonly Problem[];
}

/** Set of examples to check. */
export interface SetToCheck {
  readonly set: CheckedSet;
  readonly examples: readonly InputExample[];
  readonly files: readonly FileFacts[];
}

/** Settings of {@link checkSets}. */
export interface CheckSettings {
  readonly problemType: ProblemType;
  readonly maxLength: number;
  readonly tokenizer: WordPieceTokenizer;
  readonly context: CheckContext;
}

/** Returns the facts about the file of a set that the examples do not show. */
export function factsOf({ fileName, blankLines, badRows, trimmedLabels, extraColumnRows }: ExampleSet): FileFacts {
  return {
    fileName,
    blankRows: blankLines,
    badRows: badRows?.count ?? 0,
    ...(trimmedLabels !== undefined && { trimmedLabels }),
    ...(extraColumnRows !== undefined && { extraColumnRows }),
  };
}

/**
 * Creates the check of the data of a run, which counts lengths in tokens.
 *
 * @example
 * ```ts
 * import { createRunCheck, createTokenizer } from "@bertie/classifier";
 *
 * const vocabulary = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n");
 * const tokenizer = await createTokenizer(vocabulary, "vocab.txt", true);
 * const check = createRunCheck({ problemType: "single_label_classification", maxLength: 16, tokenizer });
 * check.add("train", { guid: "train-0", textA: "good good", label: "positive" });
 * console.log(check.finish().sets[0]?.rows); // 1
 * ```
 */
export function createRunCheck({
  problemType,
  maxLength,
  tokenizer,
}: Pick<CheckSettings, "problemType" | "maxLength" | "tokenizer">): DataCheck {
  return createDataCheck({ problemType, maxLength, countTokens: tokenCounter(tokenizer) });
}

/**
 * Checks the sets of a run.
 *
 * @throws BertieError "input/…" for the first problem that would make a bad classifier
 */
export function checkSets(sets: readonly SetToCheck[], settings: CheckSettings): CheckedData {
  const check = createRunCheck(settings);
  for (const { set, examples, files } of sets) {
    for (const example of examples) check.add(set, example);
    for (const facts of files) check.addFile(set, facts);
  }
  return judge(check.finish(), settings.context);
}

/**
 * Returns the warnings about a summary.
 *
 * @throws BertieError for the first error
 * @example
 * ```ts
 * import { judge } from "@bertie/classifier";
 * import { createDataCheck } from "@bertie/data";
 *
 * const check = createDataCheck();
 * for (let i = 0; i < 10; i++) check.add("train", { guid: `${i}`, textA: `text ${i}`, label: i % 2 ? "good" : "bad" });
 * console.log(judge(check.finish(), {}).warnings.length); // 0
 * ```
 */
export function judge(summary: DataSummary, context: CheckContext): CheckedData {
  const problems = problemsOf(summary, context);
  throwFirstError(problems);
  return { summary, warnings: problems };
}
