import { type Fields, invalidJson, isFields, tooLarge } from "./fields.ts";

// These limits are far above the size of any BERT model's file. They prevent a malicious file from exhausting memory or
// time: a parsed value takes up to 20 times the memory of its JSON text, and each input text is searched for every
// added token.
const MAX_CHARACTERS = 1 << 25;
const MAX_VALUES = 1 << 21;
const MAX_DEPTH = 100;

/** Parses a JSON object. A byte order mark is dropped, as it is from bytes. */
export function parse(json: string): Fields {
  const text = json.replace(/^\ufeff/, "");
  checkSize(text);
  try {
    const file: unknown = JSON.parse(text);
    if (isFields(file)) return file;
  } catch (error) {
    const reason = (error as Error).message.replace(/\p{Cc}+/gu, " ");
    throw invalidJson(`the file is not valid JSON (${reason}). Check that it is complete.`);
  }
  throw invalidJson("the file is not a JSON object. Check that it belongs to a BERT model.");
}

/** Checks the length, the nesting depth and the number of values of a JSON text without parsing it. */
function checkSize(json: string): void {
  if (json.length > MAX_CHARACTERS)
    throw tooLarge(`the file has ${json.length} characters, more than ${MAX_CHARACTERS}`);
  let [depth, deepest, values] = [0, 0, 0];
  for (let i = 0; i < json.length; i++) {
    const unit = json[i];
    if (unit === '"') i = closingQuote(json, i);
    else if (unit === "{" || unit === "[") {
      deepest = Math.max(deepest, ++depth);
      values++;
    } else if (unit === "}" || unit === "]") depth--;
    else if (unit === ",") values++;
  }
  if (deepest > MAX_DEPTH) throw tooLarge(`the file has values nested ${deepest} levels deep, more than ${MAX_DEPTH}`);
  if (values > MAX_VALUES) throw tooLarge(`the file has ${values} values, more than ${MAX_VALUES}`);
}

/** Returns the index of the quote that closes the string whose opening quote is at `start`. */
function closingQuote(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i;
}
