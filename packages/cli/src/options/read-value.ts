import { BertieError, didYouMean } from "@bertie/common";
import type { OptionSpec } from "./table.ts";

type NumberSpec = Extract<OptionSpec, { kind: "integer" | "number" }>;

/** A path whose start the shell should have replaced, as in `--output-dir=~/runs` or in a file. */
const UNEXPANDED = /^(~|\$\w+|\$\{\w+\}|%\w+%)(?=[\\/]|$)/;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Returns the value of an option after checking its type and range.
 *
 * @param given string from the command line; string, number or boolean from a file
 * @param source name of the option in messages
 * @throws BertieError "options/value" or "options/range"
 */
export function readValue(
  spec: OptionSpec,
  given: unknown,
  source: string,
): string | number | boolean | readonly string[] {
  switch (spec.kind) {
    case "flag":
    case "switch":
      if (typeof given === "boolean") return given;
      throw mustBe(source, given, "true or false");
    case "integer":
    case "number":
      return inRange(spec, source, typeof given === "string" ? parseNumber(spec, given, source) : given);
    case "choice":
      if (typeof given === "string" && spec.choices.includes(given)) return given;
      throw mustBe(
        source,
        given,
        `one of ${spec.choices.join(", ")}`,
        didYouMean(String(given), spec.choices).replace(/^ /, ". "),
      );
    case "texts":
    case "paths": {
      const kind = spec.kind === "texts" ? "text" : "path";
      const values: readonly unknown[] = Array.isArray(given) ? given : [given];
      return values.map((value) => readValue({ ...spec, kind }, value, source) as string);
    }
    case "text":
    case "path":
      if (given === true && spec.optional) return true;
      if (typeof given === "string" && given.startsWith("--"))
        throw new BertieError("options/value", `${source} needs a value, but is followed by ${given}`);
      if (spec.kind === "path") checkPath(given, source);
      if (typeof given === "string" && given !== "" && !given.includes("\0")) return given;
      throw mustBe(source, given, "non-empty text");
  }
}

function checkPath(given: unknown, source: string): void {
  if (typeof given !== "string") return;
  if (given.trim() === "") throw mustBe(source, given, "non-empty text");
  const [start] = UNEXPANDED.exec(given) ?? [];
  if (start === undefined) return;
  const text = `${source} is ${JSON.stringify(given)}, but ${start} is not expanded here. Write the absolute path, or ./${given} for a directory with this name.`;
  throw new BertieError("options/value", text);
}

function parseNumber(spec: NumberSpec, given: string, source: string): number {
  if ((spec.kind === "integer" ? INTEGER : NUMBER).test(given)) return Number(given);
  throw mustBe(source, given, numberName(spec));
}

function inRange(spec: NumberSpec, source: string, value: unknown): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = spec;
  const isNumber = typeof value === "number" && Number.isFinite(value);
  if (!isNumber || (spec.kind === "integer" && !Number.isSafeInteger(value)))
    throw mustBe(source, value, numberName(spec));
  if (value >= min && value <= max && value > above) return value;
  throw new BertieError("options/range", `${source} is ${value}, but must be ${rangeOf(spec)}`);
}

function numberName({ kind }: NumberSpec): string {
  return kind === "integer" ? "a whole number" : "a number";
}

function rangeOf({ min, max, above }: NumberSpec): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  if (above === undefined) return `${min} or more`;
  return max === undefined ? `greater than ${above}` : `greater than ${above} and at most ${max}`;
}

function mustBe(source: string, given: unknown, expected: string, suggestion = ""): BertieError {
  return new BertieError(
    "options/value",
    `${source} is ${typeof given === "number" ? given : JSON.stringify(given)}, but must be ${expected}${suggestion}`,
  );
}
