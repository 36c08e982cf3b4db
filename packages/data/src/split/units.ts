import { foldedHashOf } from "../check/text-hash.ts";
import type { InputExample } from "../example.ts";

/** Rows that have to stay together, as units. */
export interface Units {
  /** Unit of each row, counted from 0 in the order of the first rows. */
  readonly unitOf: Int32Array;
  /** Rows of each unit. */
  readonly rowsOf: (unit: number) => Int32Array;
  readonly count: number;
  /** Number of different groups; 0 if no example has a group. */
  readonly groups: number;
  /** Number of rows whose text occurs in an earlier row. */
  readonly duplicates: number;
}

/** Joins the rows of a group, and the rows whose texts are equal after NFKC and case folding, to units. */
export function unitsOf(examples: readonly InputExample[]): Units {
  const parents = Int32Array.from(examples, (_, row) => row);
  const rootOf = (row: number) => {
    let root = row;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  const firstOfGroup = new Map<string, number>();
  const firstOfText = new Map<number, number>();
  let duplicates = 0;
  for (const [row, { group, textA, textB }] of examples.entries()) {
    const [low, high] = foldedHashOf(textA, textB);
    const text = high * 2 ** 21 + (low >>> 11);
    const sameText = firstOfText.get(text);
    if (sameText === undefined) firstOfText.set(text, row);
    else {
      duplicates++;
      parents[row] = rootOf(sameText);
    }
    if (group === undefined) continue;
    const sameGroup = firstOfGroup.get(group);
    if (sameGroup === undefined) firstOfGroup.set(group, row);
    else joinRoots(parents, rootOf(row), rootOf(sameGroup));
  }
  return { ...numbered(parents, rootOf), groups: firstOfGroup.size, duplicates };
}

/** Joins two trees. The smaller row becomes the root, so that a unit is numbered by its first row. */
function joinRoots(parents: Int32Array, a: number, b: number): void {
  parents[Math.max(a, b)] = Math.min(a, b);
}

/** Numbers the units, and sorts the rows by unit. */
function numbered(parents: Int32Array, rootOf: (row: number) => number): Pick<Units, "unitOf" | "rowsOf" | "count"> {
  const unitOf = new Int32Array(parents.length);
  const starts = [0];
  let count = 0;
  for (let row = 0; row < parents.length; row++) {
    const root = rootOf(row);
    const unit = root === row ? count++ : unitOf[root]!;
    unitOf[row] = unit;
    starts[unit + 1] = (starts[unit + 1] ?? 0) + 1;
  }
  for (let unit = 0; unit < count; unit++) starts[unit + 1]! += starts[unit]!;
  const rows = new Int32Array(parents.length);
  const next = starts.slice();
  for (let row = 0; row < parents.length; row++) rows[next[unitOf[row]!]!++] = row;
  return { unitOf, count, rowsOf: (unit) => rows.subarray(starts[unit], starts[unit + 1]) };
}
