import { jsonMembers } from "./json-members.ts";

/** No setting comes near it. */
const LONGEST_VALUE = 1 << 16;

/**
 * The settings that a JSON file holds: its members that are numbers, texts, flags or null. What is a list or an object, or
 * is very long, stands as an empty object: such are no settings, and parsed they take many times the memory of their bytes.
 *
 * @param json UTF-8, with or without a byte order mark
 * @throws SyntaxError where it is no object, or a setting is no JSON
 */
export function jsonSettings(json: Uint8Array): Record<string, unknown> {
  const settings = new Map<string, unknown>();
  const start = json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf ? 3 : 0;
  for (const [key, value] of jsonMembers(json.subarray(start))) {
    const isNested = value[0] === 0x7b || value[0] === 0x5b;
    settings.set(key, isNested || value.length > LONGEST_VALUE ? {} : JSON.parse(new TextDecoder().decode(value)));
  }
  return Object.fromEntries(settings);
}
