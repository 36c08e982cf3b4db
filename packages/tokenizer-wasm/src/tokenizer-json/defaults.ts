import { type Fields, format, invalidJson, optionalSection, wholeNumber } from "./fields.ts";

/** Truncation that a tokenizer.json asks for. */
export type FileTruncation = {
  readonly maxLength: number;
  readonly strategy: "longestFirst" | "onlyFirst" | "onlySecond";
  readonly stride: number;
  readonly side: "left" | "right";
};

/** Padding that a tokenizer.json asks for. */
export type FilePadding = {
  /** Length of all rows; undefined for the length of the longest row of a batch. */
  readonly length: number | undefined;
  readonly side: "left" | "right";
  readonly multipleOf: number | undefined;
  readonly id: number;
  readonly typeId: number;
  readonly token: string;
};

const STRATEGIES: ReadonlyMap<unknown, FileTruncation["strategy"]> = new Map([
  ["LongestFirst", "longestFirst"],
  ["OnlyFirst", "onlyFirst"],
  ["OnlySecond", "onlySecond"],
]);

/**
 * Reads the truncation.
 *
 * @throws BertieError "tokenizer/invalid-json" if it is malformed
 */
export function readTruncation(file: Fields): FileTruncation | undefined {
  const given = optionalSection(file, "truncation");
  if (given === undefined) return undefined;
  const strategy = STRATEGIES.get(given.strategy ?? "LongestFirst");
  if (strategy === undefined)
    throw invalidJson(
      `"truncation.strategy" is ${format(given.strategy)}. Expected LongestFirst, OnlyFirst or OnlySecond.`,
    );
  return {
    maxLength: wholeNumber(given, "max_length", "truncation"),
    strategy,
    stride: wholeNumber(given, "stride", "truncation", 0),
    side: side(given, "truncation"),
  };
}

/**
 * Reads the padding.
 *
 * @throws BertieError "tokenizer/invalid-json" if it is malformed
 */
export function readPadding(file: Fields): FilePadding | undefined {
  const given = optionalSection(file, "padding");
  if (given === undefined) return undefined;
  const { strategy, pad_to_multiple_of: multiple, pad_token: token } = given;
  if (typeof token !== "string") throw invalidJson(`"padding.pad_token" is ${format(token)}. Expected a string.`);
  return {
    length: strategy === "BatchLongest" ? undefined : fixedLength(strategy),
    side: side(given, "padding"),
    multipleOf:
      multiple === undefined || multiple === null ? undefined : wholeNumber(given, "pad_to_multiple_of", "padding"),
    id: wholeNumber(given, "pad_id", "padding"),
    typeId: wholeNumber(given, "pad_type_id", "padding", 0),
    token,
  };
}

function fixedLength(strategy: unknown): number {
  const { Fixed: length } = typeof strategy === "object" && strategy !== null ? (strategy as Fields) : {};
  if (typeof length === "number" && Number.isSafeInteger(length) && length >= 0) return length;
  throw invalidJson(`"padding.strategy" is ${format(strategy)}. Expected BatchLongest or a Fixed length.`);
}

function side(given: Fields, path: string): "left" | "right" {
  const direction = given.direction ?? "Right";
  if (direction === "Right") return "right";
  if (direction === "Left") return "left";
  throw invalidJson(`"${path}.direction" is ${format(direction)}. Expected Left or Right.`);
}
