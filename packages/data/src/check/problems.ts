import { BertieError } from "@bertie/common";
import { columnProblems } from "./column-problems.ts";
import { labelProblems } from "./label-problems.ts";
import type { CheckContext, Problem } from "./problem.ts";
import type { DataSummary } from "./summary.ts";
import { textProblems } from "./text-problems.ts";

/**
 * Returns the problems of the data of a run, errors first. Findings about labels are left out if the columns are wrong.
 *
 * @example
 * ```ts
 * import { createDataCheck, problemsOf } from "@bertie/data";
 *
 * const check = createDataCheck();
 * const rows = ["label\ttext", "good\tclean rooms", "bad\tbroken screen"].map((row) => row.split("\t"));
 * for (const [label, textA] of rows) check.add("train", { guid: "", textA: textA!, label: label! });
 * const problems = problemsOf(check.finish());
 * console.log(problems[0]?.code); // "input/header-as-row"
 * ```
 */
export function problemsOf(summary: DataSummary, context: CheckContext = {}): Problem[] {
  const columns = columnProblems(summary, context);
  const columnsAreWrong = columns.some(({ level }) => level === "error");
  const problems = [
    ...columns,
    ...(columnsAreWrong ? [] : labelProblems(summary, context)),
    ...textProblems(summary, context),
  ];
  return problems.toSorted((a, b) => Number(b.level === "error") - Number(a.level === "error"));
}

/**
 * Throws the first error of a list of problems, if there is one. The message counts the other errors.
 *
 * @throws BertieError with the code of the problem
 * @example
 * ```ts
 * import { throwFirstError } from "@bertie/data";
 *
 * throwFirstError([{ level: "warning", code: "check/empty-texts", message: "dev.tsv: 1 row of 9 with an empty text." }]);
 * ```
 */
export function throwFirstError(problems: readonly Problem[]): void {
  const errors = problems.filter(({ level }) => level === "error");
  const [first, ...others] = errors;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (${others.length} more error${others.length === 1 ? "" : "s"} in the data)`;
  throw new BertieError(first.code, `${first.message}${more}`);
}
