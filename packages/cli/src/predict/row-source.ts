import type { TrainingLayout } from "@bertie/classifier";
import type { InputExample } from "@bertie/data";

/** Rows to classify: the lines of texts, or the rows of tables. */
export interface RowSource {
  /** Name of the first file in messages. */
  readonly name: string;
  /** Whether the rows are from several files. */
  readonly hasSeveralFiles: boolean;
  /** Columns of tables; undefined for lines of text. */
  readonly layout: TrainingLayout | undefined;
  /** What was detected, one line per guess. */
  readonly notes: readonly string[];
  rows(): AsyncGenerator<InputExample>;
  /** Returns notes and warnings about the rows that have been read. */
  readNotes(): { readonly notes: readonly string[]; readonly warnings: readonly string[] };
}
