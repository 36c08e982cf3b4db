import { jsonMembers } from "./json-members.ts";

/** Maximum length of a value in bytes. Real settings are far shorter. */
const MAX_VALUE_BYTES = 1 << 16;
/** Maximum number of brackets in a nested value that is parsed, which limits its depth. */
const MAX_BRACKETS = 1000;

/**
 * Reads the scalar settings of a JSON object: numbers, strings, booleans and null.
 *
 * Arrays, objects and values longer than 64 KiB become empty objects instead of being parsed, because parsing them
 * could take many times the memory of the file. If a key occurs several times, the last value is used, as in
 * JSON.parse.
 *
 * @param json UTF-8, with or without a byte order mark
 * @param nested keys whose arrays and objects are parsed, too, if they are short @default none
 * @throws SyntaxError if the text is not a JSON object, or a scalar is not valid JSON
 *
 * @example
 * ```ts
 * import { jsonSettings } from "@bertie/common";
 *
 * const json = new TextEncoder().encode('{"do_lower_case": true, "added_tokens": [1, 2]}');
 * console.log(jsonSettings(json)); // { do_lower_case: true, added_tokens: {} }
 * ```
 */
export function jsonSettings(json: Uint8Array, nested: readonly string[] = []): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  const start = json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf ? 3 : 0;
  for (const [key, value] of jsonMembers(json.subarray(start))) {
    const isParsed =
      value.length <= MAX_VALUE_BYTES && (!isBracket(value[0]) || (nested.includes(key) && isFlat(value)));
    settings.set(key, isParsed ? JSON.parse(new TextDecoder().decode(value)) : {});
  }
  return Object.fromEntries(settings);
}

function isBracket(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isFlat(value: Uint8Array): boolean {
  return value.filter(isBracket).length <= MAX_BRACKETS;
}
