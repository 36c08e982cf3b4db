/**
 * Returns at most `count` items at equal distances, including the first and the last.
 *
 * @param count maximum number of items, at least 2
 *
 * @example
 * ```ts
 * import { evenlySpaced } from "@bertie/common";
 *
 * console.log(evenlySpaced([0, 1, 2, 3, 4], 3)); // [ 0, 2, 4 ]
 * ```
 */
export function evenlySpaced<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
