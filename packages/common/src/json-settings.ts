import { jsonMembers } from "./json-members.ts";

/** Maximum length of a value in bytes. Real settings are far shorter. */
const MAX_VALUE_BYTES = 1 << 16;

/**
 * Reads the scalar settings of a JSON object: numbers, strings, booleans and null.
 *
 * Arrays, objects and values longer than 64 KiB become empty objects instead of being parsed, because parsing them
 * could take many times the memory of the file. If a key occurs several times, the last value is used, as in
 * JSON.parse.
 *
 * @param json UTF-8, with or without a byte order mark
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
export function jsonSettings(json: Uint8Array): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  const start = json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf ? 3 : 0;
  for (const [key, value] of jsonMembers(json.subarray(start))) {
    const isNested = value[0] === 0x7b || value[0] === 0x5b;
    settings.set(key, isNested || value.length > MAX_VALUE_BYTES ? {} : JSON.parse(new TextDecoder().decode(value)));
  }
  return Object.fromEntries(settings);
}
