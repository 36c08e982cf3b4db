import { BertieError } from "@bertie/common";

/**
 * Checks an option that counts something, where it is set.
 *
 * @throws BertieError "options/value"
 */
export function checkCount(name: string, value: number | undefined, least = 1): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new BertieError("options/value", `${name} is ${String(value)}: expected a whole number from ${least}`);
}

/**
 * Checks an option that is one of a few words, where it is set.
 *
 * @throws BertieError "options/value"
 */
export function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new BertieError("options/value", `${name} is "${String(value)}": expected ${choices.join(" or ")}`);
}
