import type { Random } from "@bertie/common";

/** Rows to fit, and rows to test the fit on. */
export interface Fold {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Splits rows into folds, each with nearly the same share of every class. Rows whose class occurs only once are in every
 * training part, because without them the class could not be learned.
 *
 * @param classes class of each row, `[rows]`; the same number for all rows if there are no classes
 * @param count number of folds, at least 2
 * @param groups group of each row, `[rows]`; rows of a group have the same class and are in the same fold. By default,
 *   every row is a group.
 * @returns one fold per test part; test parts are disjoint
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { stratifiedFolds } from "@bertie/optim";
 *
 * const [first] = stratifiedFolds([0, 0, 1, 1], 2, new Random(42, "folds"));
 * console.log(first?.train.length, first?.test.length); // 2 2, with one row of each class
 * ```
 */
export function stratifiedFolds(
  classes: ArrayLike<number>,
  count: number,
  random: Random,
  groups: ArrayLike<number> = Array.from(classes, (_, row) => row),
): Fold[] {
  const classOfGroup = new Map(Array.from(groups, (group, row) => [group, classes[row]!]));
  const members = new Map<number, number[]>();
  for (const group of random.shuffled([...classOfGroup.keys()])) {
    const of = classOfGroup.get(group)!;
    const list = members.get(of);
    if (list === undefined) members.set(of, [group]);
    else list.push(group);
  }
  const foldOf = new Map<number, number>();
  let next = 0;
  for (const list of members.values()) if (list.length > 1) for (const group of list) foldOf.set(group, next++ % count);
  const all = Array.from(groups, (_, row) => row);
  return Array.from({ length: count }, (_, fold) => ({
    train: Uint32Array.from(all.filter((row) => foldOf.get(groups[row]!) !== fold)),
    test: Uint32Array.from(all.filter((row) => foldOf.get(groups[row]!) === fold)),
  })).filter(({ train, test }) => train.length > 0 && test.length > 0);
}
