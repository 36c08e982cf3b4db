import { foldedHashOf, wordHashOf } from "./text-hash.ts";

/** Number of rows per block. Blocks never move, so that memory does not double when it grows. */
const BLOCK_BITS = 16;
const BLOCK_ROWS = 1 << BLOCK_BITS;
/** Words per row: two words of the folded text's hash, one of the exact text's, one of the label's, and the set. */
const WORDS = 5;

/** Word of a row without a label. */
const NO_LABEL = 0;

/** Duplicates within a set. */
export interface Duplicates {
  /** Number of rows whose text occurs in an earlier row of the set. */
  readonly duplicates: number;
  /** Number of texts that occur with different labels in the set. */
  readonly conflicts: number;
}

/** Number of rows of a set whose text also occurs in another set. */
export interface Overlap {
  /** Rows whose text is exactly the same. */
  readonly exact: number;
  /** Rows whose text is the same except for case, width, invisible characters and outer white space; includes exact rows. */
  readonly folded: number;
}

/** Hashes of the texts and labels of all rows, 20 bytes per row. */
export interface RowHashes {
  readonly add: (set: number, text: string, pair: string | undefined, label: string | undefined) => void;
  readonly duplicatesIn: (set: number) => Duplicates;
  readonly overlapOf: (set: number, other: number) => Overlap;
}

/**
 * Creates an empty store of row hashes. Texts are compared by a hash of 64 bits (96 bits for exact texts), so the chance that
 * any two of a million different texts are taken for equal is below 1e-7.
 */
export function createRowHashes(): RowHashes {
  const blocks: Uint32Array[] = [];
  const sizes: number[] = [];
  let rows = 0;
  const word = (row: number, index: number) => blocks[row >>> BLOCK_BITS]![(row & (BLOCK_ROWS - 1)) * WORDS + index]!;
  const sameFolded = (a: number, b: number) => word(a, 0) === word(b, 0) && word(a, 1) === word(b, 1);
  const sameExact = (a: number, b: number) => sameFolded(a, b) && word(a, 2) === word(b, 2);

  /** Returns a lookup from a row to the first row of a set with the same text. The row is added if `insert` is true. */
  function firstRows(set: number, same: (a: number, b: number) => boolean) {
    let capacity = 16;
    while (capacity < 2 * (sizes[set] ?? 0)) capacity *= 2;
    const slots = new Int32Array(capacity).fill(-1);
    return (row: number, insert: boolean): number => {
      let slot = word(row, 0) & (capacity - 1);
      for (let found = slots[slot]!; found >= 0; found = slots[slot]!) {
        if (same(found, row)) return found;
        slot = (slot + 1) & (capacity - 1);
      }
      if (insert) slots[slot] = row;
      return -1;
    };
  }

  function* rowsOf(set: number): Generator<number> {
    for (let row = 0; row < rows; row++) if (word(row, 4) === set) yield row;
  }

  return {
    add(set, text, pair, label) {
      const start = (rows % BLOCK_ROWS) * WORDS;
      if (start === 0) blocks.push(new Uint32Array(BLOCK_ROWS * WORDS));
      const block = blocks.at(-1)!;
      const [low, high] = foldedHashOf(text, pair);
      block.set(
        [low, high, wordHashOf(text, pair), label === undefined ? NO_LABEL : wordHashOf(label) | 1, set],
        start,
      );
      sizes[set] = (sizes[set] ?? 0) + 1;
      rows++;
    },
    duplicatesIn(set) {
      const first = firstRows(set, sameExact);
      const conflicting = new Set<number>();
      let duplicates = 0;
      for (const row of rowsOf(set)) {
        const original = first(row, true);
        if (original < 0) continue;
        duplicates++;
        if (word(original, 3) !== word(row, 3)) conflicting.add(original);
      }
      return { duplicates, conflicts: conflicting.size };
    },
    overlapOf(set, other) {
      const exact = firstRows(other, sameExact);
      const folded = firstRows(other, sameFolded);
      for (const row of rowsOf(other)) {
        exact(row, true);
        folded(row, true);
      }
      const overlap = { exact: 0, folded: 0 };
      for (const row of rowsOf(set)) {
        if (exact(row, false) >= 0) overlap.exact++;
        if (folded(row, false) >= 0) overlap.folded++;
      }
      return overlap;
    },
  };
}
