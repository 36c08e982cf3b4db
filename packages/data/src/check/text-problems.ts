import {
  type CheckContext,
  counted,
  errorIf,
  type FindProblems,
  nameOf,
  type Problem,
  percent,
  thresholds,
  warningIf,
} from "./problem.ts";
import type { DataSummary, SetSummary } from "./summary.ts";

/** Finds problems of texts: unknown tokens, truncated, empty and duplicate texts, and evaluation rows in the training set. */
export const textProblems: FindProblems = (summary, context) => [
  ...summary.sets.flatMap((set) => [
    ...unknownTokens(summary, set),
    ...truncatedTexts(summary, set, context),
    ...emptyTexts(summary, set),
    ...tabs(summary, set),
    ...duplicateTexts(summary, set),
  ]),
  ...overlaps(summary),
];

function unknownTokens(summary: DataSummary, { set, unknownShare = 0 }: SetSummary): Problem[] {
  const name = nameOf(summary, set);
  const found = `${name}: ${percent(unknownShare)} of the tokens are [UNK]`;
  const advice = "Use a model for the language of the texts, and check the encoding of the file (--encoding).";
  return unknownShare > thresholds.mostlyUnknown
    ? errorIf(
        true,
        "input/unknown-tokens",
        () => `${found}: the vocabulary does not contain most of the words. ${advice}`,
      )
    : warningIf(
        unknownShare > thresholds.unknown,
        "input/unknown-tokens",
        () =>
          `${found}, expected at most ${percent(thresholds.unknown)}. The vocabulary or its language does not fit the texts. ${advice}`,
      );
}

function truncatedTexts(summary: DataSummary, { set, rows, lengths }: SetSummary, context: CheckContext): Problem[] {
  const truncated = lengths?.truncated ?? 0;
  const { longText = "truncate" } = context;
  return warningIf(
    longText === "truncate" && truncated / rows > thresholds.truncated,
    "check/truncated-texts",
    () =>
      `${nameOf(summary, set)}: ${counted(truncated, "text")} (${percent(truncated / rows)}) of more than ${summary.maxLength} tokens will be truncated. ` +
      "Raise --max-seq-length, or set --long-text head+tail or --long-text windows.",
  );
}

function emptyTexts(summary: DataSummary, { set, rows, emptyTexts }: SetSummary): Problem[] {
  const found = `${nameOf(summary, set)}: ${counted(emptyTexts, "row")} of ${rows} with an empty text`;
  return emptyTexts / rows > thresholds.emptyTexts
    ? errorIf(true, "input/empty-texts", () => `${found}. Select another column with --text-column.`)
    : warningIf(emptyTexts > 0, "check/empty-texts", () => `${found}. Fill in the texts, or delete the rows.`);
}

function tabs(summary: DataSummary, { set, textsWithTab }: SetSummary): Problem[] {
  return warningIf(
    textsWithTab > 0,
    "check/tabs-in-texts",
    () =>
      `${nameOf(summary, set)}: ${counted(textsWithTab, "text")} with a tab. If the file is a table, set --format tsv and select the columns with --text-column and --label-column.`,
  );
}

function duplicateTexts(summary: DataSummary, { set, rows, duplicates, conflicts }: SetSummary): Problem[] {
  const name = nameOf(summary, set);
  return [
    ...warningIf(
      duplicates / rows > thresholds.duplicates,
      "check/duplicate-texts",
      () =>
        `${name}: ${counted(duplicates, "row")} (${percent(duplicates / rows)}) repeat the text of an earlier row. Delete the duplicates, unless they are intended.`,
    ),
    ...warningIf(
      conflicts > 0,
      "check/conflicting-labels",
      () =>
        `${name}: ${counted(conflicts, "text")} that occur${conflicts === 1 ? "s" : ""} with different labels. Decide for one label per text.`,
    ),
  ];
}

function overlaps(summary: DataSummary): Problem[] {
  return summary.overlaps.flatMap(({ set, rows, exact, folded }) => {
    const share = folded / rows;
    const found = `${nameOf(summary, set)}: ${counted(folded, "row")} (${percent(share)}) with a text of the training set (${exact} exactly the same)`;
    const strong = `${found}. The results measure memory instead of generalization. Check that the file is not the training file, and evaluate on other rows.`;
    return warningIf(folded > 0, "check/evaluation-in-training", () =>
      share > thresholds.mostlyOverlapping
        ? strong
        : `${found}, so the results are too good. Delete these rows from one of the sets.`,
    );
  });
}
