import { BertieError } from "@bertie/common";

/**
 * Checks that an option, if set, is an integer of at least `minimum`.
 *
 * @throws BertieError "options/value"
 */
export function checkCount(name: string, value: number | undefined, minimum = 1): void {
  if (value === undefined || (Number.isInteger(value) && value >= minimum)) return;
  throw new BertieError("options/value", `${name} is ${String(value)}: expected an integer of at least ${minimum}.`);
}

/**
 * Checks that an option, if set, is a number from 0 to 1.
 *
 * @throws BertieError "options/value"
 */
export function checkFraction(name: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 1)) return;
  throw new BertieError("options/value", `${name} is ${String(value)}: expected a number from 0 to 1.`);
}

/**
 * Checks that an option, if set, is one of the choices.
 *
 * @throws BertieError "options/value"
 */
export function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new BertieError("options/value", `${name} is "${String(value)}": expected ${choices.join(" or ")}.`);
}
