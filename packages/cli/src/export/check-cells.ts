import type { ExportCheck } from "@bertie/classifier";

/** Names of the columns of {@link checkCells}. */
export const checkColumns = ["accuracy", "changed labels", "largest difference", "ms per text"] as const;

/** Returns the cells of a table that compares variants of a model. */
export function checkCells({ accuracy, changed, examples, largestDifference, msPerText }: ExportCheck): string[] {
  return [
    accuracy === undefined ? "" : `${(100 * accuracy).toFixed(1)}%`,
    changed === undefined ? "" : `${changed} of ${examples}`,
    largestDifference.toPrecision(2),
    msPerText.toFixed(2),
  ];
}
