import { BertieError } from "@bertie/common";

/** A JSON object of unknown contents. */
export type Fields = { readonly [key: string]: unknown };

/** Returns an error about a malformed file. */
export function invalidJson(message: string): BertieError {
  return new BertieError("tokenizer/invalid-json", `tokenizer.json: ${message}`);
}

/** Returns an error about a component or setting that Bertie cannot honour. */
export function unsupported(message: string): BertieError {
  return new BertieError("tokenizer/unsupported", `tokenizer.json: ${message}`);
}

/** Returns an error about a file that exceeds a limit. */
export function tooLarge(message: string): BertieError {
  return new BertieError(
    "tokenizer/too-large",
    `tokenizer.json: ${message}. Check that the file belongs to a BERT model.`,
  );
}

/** Returns whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Formats a value for an error message, on one line and truncated to 60 characters. */
export function format(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return "a value that cannot be written as JSON";
  }
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/\p{Cc}/gu, " ");
}

/** Returns the object at a key; undefined if it is missing or null. */
export function optionalSection(fields: Fields, key: string): Fields | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (isFields(value)) return value;
  throw invalidJson(`"${key}" is ${format(value)}. Expected an object or null.`);
}

/** Returns the object at a key. */
export function section(fields: Fields, key: string, path = ""): Fields {
  const value = fields[key];
  if (isFields(value)) return value;
  const actual = value === undefined ? "missing" : format(value);
  throw unsupported(`"${path}${key}" is ${actual}. Expected an object, as in the file of a BERT model.`);
}

/** Returns the value of a flag; undefined, which stands for the default, if it is missing or null. */
export function flag(fields: Fields, key: string, path: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw invalidJson(`"${path}.${key}" is ${format(value)}. Expected true, false or null.`);
}

/** Returns the text at a key, or `otherwise` if it is missing. */
export function text(fields: Fields, key: string, path: string, otherwise?: string): string {
  const value = fields[key] ?? otherwise;
  if (typeof value === "string") return value;
  throw invalidJson(`"${path}.${key}" is ${format(value)}. Expected a string.`);
}

/** Returns the whole number from 0 at a key, or `otherwise` if it is missing. */
export function wholeNumber(fields: Fields, key: string, path: string, otherwise?: number): number {
  const value = fields[key] ?? otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidJson(`"${path}.${key}" is ${format(value)}. Expected a whole number.`);
}

/** Returns whether a value is an id of a token. */
export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1 << 24;
}

const MAX_NESTING = 16;

/**
 * Returns the components of a `Sequence`, of its nested sequences, or of a single component, each with its path in messages.
 *
 * @param key name of the list in a sequence
 */
export function components(
  given: Fields,
  key: string,
  path: string,
  nesting = 0,
): { readonly part: Fields; readonly path: string }[] {
  if (given.type !== "Sequence") return [{ part: given, path }];
  const list = given[key];
  if (!Array.isArray(list)) throw invalidJson(`"${path}.${key}" is ${format(list)}. Expected an array of objects.`);
  if (nesting === MAX_NESTING) throw tooLarge(`sequences of "${key}" are nested more than ${MAX_NESTING} levels deep`);
  return list.flatMap((part: unknown, index) => {
    const name = `${path}.${key}[${index}]`;
    if (!isFields(part)) throw invalidJson(`"${name}" is ${format(part)}. Expected an object.`);
    return components(part, key, name, nesting + 1);
  });
}
