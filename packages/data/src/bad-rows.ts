import { BertieError } from "@bertie/common";

/** What becomes of a row that cannot be used: the reading ends there, or the row is left out and counted. */
export type OnBadRow = "fail" | "skip";

/** Rows that were left out. */
export interface BadRows {
  readonly count: number;
  /** What is wrong with the first of them, with file and line. */
  readonly first: string;
}

/** Takes faults of rows as they are found. */
export interface BadRowCounter {
  /** @throws the fault, unless such rows are skipped */
  readonly add: (fault: BertieError) => void;
  /** As a part of what is known of a file: empty where no row was left out. */
  readonly found: () => { readonly badRows?: BadRows };
}

export function createBadRowCounter(onBadRow: OnBadRow = "fail"): BadRowCounter {
  let count = 0;
  let first = "";
  return {
    add: (fault) => {
      if (onBadRow === "fail") throw fault;
      if (count++ === 0) first = fault.message;
    },
    found: () => (count > 0 ? { badRows: { count, first } } : {}),
  };
}

/** What there is to say of a file without a row that can be used. */
export function noRows(fileName: string, { badRows }: { readonly badRows?: BadRows }): BertieError {
  const skipped = badRows ? `; all ${badRows.count} were skipped, the first: ${badRows.first}` : "";
  return new BertieError("input/no-rows", `${fileName}: the file has no rows of data${skipped}`);
}

/** Runs a row's reading; a fault of it is taken by the counter, and gives undefined. */
export function readRow<T>(counter: BadRowCounter, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    counter.add(error);
    return undefined;
  }
}
