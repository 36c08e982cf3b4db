import { BertieError } from "@bertie/common";
import type { OptionSpec } from "./table.ts";

type NumberSpec = Extract<OptionSpec, { kind: "integer" | "number" }>;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * An option's value, of the type and in the range that its spec asks for.
 *
 * @param given text from the command line; text, a number or true or false from a file
 * @param source what messages call the option
 * @throws BertieError "options/value" or "options/range"
 */
export function readValue(spec: OptionSpec, given: unknown, source: string): string | number | boolean {
  switch (spec.kind) {
    case "flag":
      if (typeof given === "boolean") return given;
      throw mustBe(source, given, "true or false");
    case "integer":
    case "number":
      return inRange(spec, source, typeof given === "string" ? parseNumber(spec, given, source) : given);
    case "choice":
      if (typeof given === "string" && spec.choices.includes(given)) return given;
      throw mustBe(source, given, `one of ${spec.choices.join(", ")}`);
    case "text":
    case "path":
      if (given === true && spec.optional) return true;
      if (typeof given === "string" && given.startsWith("--"))
        throw new BertieError("options/value", `${source} has no value: it is followed by ${given}`);
      if (typeof given === "string" && given !== "" && !given.includes("\0")) return given;
      throw mustBe(source, given, "text that is not empty");
  }
}

function parseNumber(spec: NumberSpec, given: string, source: string): number {
  if ((spec.kind === "integer" ? INTEGER : NUMBER).test(given)) return Number(given);
  throw mustBe(source, given, whatNumber(spec));
}

function inRange(spec: NumberSpec, source: string, value: unknown): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = spec;
  const isNumber = typeof value === "number" && Number.isFinite(value);
  if (!isNumber || (spec.kind === "integer" && !Number.isSafeInteger(value)))
    throw mustBe(source, value, whatNumber(spec));
  if (value >= min && value <= max && value > above) return value;
  throw new BertieError("options/range", `${source} is ${value}, but must be ${rangeOf(spec)}`);
}

function whatNumber({ kind }: NumberSpec): string {
  return kind === "integer" ? "a whole number" : "a number";
}

function rangeOf({ min, max, above }: NumberSpec): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return above !== undefined ? `above ${above}` : `${min} or more`;
}

function mustBe(source: string, given: unknown, what: string): BertieError {
  return new BertieError(
    "options/value",
    `${source} is ${typeof given === "number" ? given : JSON.stringify(given)}, but must be ${what}`,
  );
}
