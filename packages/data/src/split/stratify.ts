import type { Random } from "@bertie/common";
import type { Strata } from "./strata.ts";
import type { Units } from "./units.ts";

/** Number of rows of each stratum that each part should have: `desired[part][stratum]`. Fractions are allowed. */
export type DesiredRows = readonly Float64Array[];

/** Returns the number of rows and of units of each stratum. */
export function countStrata(
  units: Units,
  strata: Strata,
): { readonly rows: Float64Array; readonly units: Float64Array } {
  const counts = { rows: new Float64Array(strata.count), units: new Float64Array(strata.count) };
  const lastUnit = new Int32Array(strata.count).fill(-1);
  for (let unit = 0; unit < units.count; unit++) {
    for (const row of units.rowsOf(unit)) {
      for (const stratum of strata.of(row)) {
        counts.rows[stratum]!++;
        if (lastUnit[stratum] !== unit) counts.units[stratum]!++;
        lastUnit[stratum] = unit;
      }
    }
  }
  return counts;
}

/**
 * Assigns units to parts by iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011): the rarest stratum first, each
 * unit to the part that lacks the most rows of the stratum. Large units are assigned before small ones.
 *
 * @param desired modified: the rows that the parts still lack
 * @returns the part of each unit
 */
export function stratify(units: Units, strata: Strata, desired: DesiredRows, random: Random): Int32Array {
  const partOf = new Int32Array(units.count).fill(-1);
  const remaining = countStrata(units, strata).rows;
  const lacking = desired.map((rows) => rows.reduce((sum, count) => sum + count, 0));
  const unitsOfStratum = shuffledUnits(units, strata, random);

  for (let stratum = rarest(remaining); stratum >= 0; stratum = rarest(remaining)) {
    for (const unit of unitsOfStratum[stratum]!) {
      if (partOf[unit]! >= 0) continue;
      const part = neediest(desired, lacking, stratum, random);
      partOf[unit] = part;
      for (const row of units.rowsOf(unit)) {
        for (const own of strata.of(row)) {
          remaining[own]!--;
          desired[part]![own]!--;
          lacking[part]!--;
        }
      }
    }
  }
  return partOf;
}

/** Returns the units of each stratum in random order, larger units first. */
function shuffledUnits(units: Units, strata: Strata, random: Random): readonly (readonly number[])[] {
  const order = random.shuffled(Array.from({ length: units.count }, (_, unit) => unit));
  if (order.some((unit) => units.rowsOf(unit).length > 1))
    order.sort((a, b) => units.rowsOf(b).length - units.rowsOf(a).length);
  const unitsOfStratum: number[][] = Array.from({ length: strata.count }, () => []);
  for (const unit of order) {
    for (const row of units.rowsOf(unit)) {
      for (const stratum of strata.of(row)) {
        const list = unitsOfStratum[stratum]!;
        if (list.at(-1) !== unit) list.push(unit);
      }
    }
  }
  return unitsOfStratum;
}

/** Returns the stratum with the fewest remaining rows, or -1 if no rows remain. */
function rarest(remaining: Float64Array): number {
  let found = -1;
  for (let stratum = 0; stratum < remaining.length; stratum++)
    if (remaining[stratum]! > 0 && (found < 0 || remaining[stratum]! < remaining[found]!)) found = stratum;
  return found;
}

/** Returns the part that lacks the most rows of a stratum; of equal parts, the one that lacks the most rows. */
function neediest(desired: DesiredRows, lacking: readonly number[], stratum: number, random: Random): number {
  let best = [0];
  for (let part = 1; part < desired.length; part++) {
    const difference = desired[part]![stratum]! - desired[best[0]!]![stratum]! || lacking[part]! - lacking[best[0]!]!;
    if (difference > 0) best = [part];
    else if (difference === 0) best.push(part);
  }
  return best.length === 1 ? best[0]! : best[random.nextInt(best.length)]!;
}
