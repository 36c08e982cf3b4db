import type { InputExample } from "../example.ts";

/** Maximum number of bins of the values of a regression, which have about equal numbers of rows. */
const MAX_BINS = 10;
/** Minimum number of rows per bin. */
const MIN_BIN_ROWS = 5;

/** Properties of rows whose frequencies are equal in all parts of a split: labels, or bins of values. */
export interface Strata {
  readonly count: number;
  /** Strata of a row: one, or several for multi-label classification. */
  readonly of: (row: number) => readonly number[];
  /** Whether every row has exactly one stratum. */
  readonly isSingle: boolean;
}

/** Returns the strata of examples. Rows without a label are a stratum of their own. */
export function strataOf(examples: readonly InputExample[]): Strata {
  if (examples.some(({ labels }) => labels !== undefined)) return labelSets(examples);
  const isRegression = examples.some(({ value }) => value !== undefined);
  const bins = isRegression ? binsOf(examples.map(({ value = Number.NaN }) => value)) : undefined;
  const ids = new Map<string | undefined, number>();
  const strata = Int32Array.from(examples, ({ label }, row) => bins?.[row] ?? idOf(ids, label));
  const single = [0];
  return {
    count: strata.reduce((most, stratum) => Math.max(most, stratum + 1), 0),
    isSingle: true,
    of: (row) => {
      single[0] = strata[row]!;
      return single;
    },
  };
}

function labelSets(examples: readonly InputExample[]): Strata {
  const ids = new Map<string | undefined, number>();
  const strata = examples.map(({ labels = [] }) => {
    const own = [...new Set(labels)];
    return own.length === 0 ? [idOf(ids, undefined)] : own.map((label) => idOf(ids, label));
  });
  return { count: ids.size, isSingle: strata.every(({ length }) => length === 1), of: (row) => strata[row]! };
}

function idOf(ids: Map<string | undefined, number>, label: string | undefined): number {
  let id = ids.get(label);
  if (id === undefined) {
    id = ids.size;
    ids.set(label, id);
  }
  return id;
}

/** Returns the bin of each value. Equal values have the same bin. */
function binsOf(values: readonly number[]): Int32Array {
  const count = Math.min(MAX_BINS, Math.max(1, Math.floor(values.length / MIN_BIN_ROWS)));
  const sorted = Float64Array.from(values).sort();
  const limits = Array.from({ length: count - 1 }, (_, i) => sorted[Math.floor(((i + 1) * values.length) / count)]!);
  const ids = new Map<string, number>();
  return Int32Array.from(values, (value) => idOf(ids, `${limits.filter((limit) => value >= limit).length}`));
}
