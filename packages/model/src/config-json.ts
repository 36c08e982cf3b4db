import { BertieError, jsonMembers, quote } from "@bertie/common";
import { nestingDepth } from "./json-guard.ts";

/** Maximum nesting depth, because JSON.stringify in error messages is recursive and could overflow the stack. */
const MAX_DEPTH = 100;

/** Maximum length of a value in bytes. Meaningful values are far shorter. */
const MAX_VALUE_BYTES = 1 << 16;

/**
 * Reads the members of a configuration: scalars, arrays, and objects of scalars such as the label maps.
 *
 * Values that are nested more deeply or are longer than 64 KiB become undefined. Bertie does not need such values, and
 * parsing them could take many times the memory of the file.
 *
 * @throws BertieError "config/json" if the text is not a JSON object, "config/duplicate-key" if a key occurs twice
 */
export function readConfigMembers(text: string, fileName: string): Record<string, unknown> {
  if (nestingDepth(text) > MAX_DEPTH) {
    const message = `${fileName}: expected JSON with at most ${MAX_DEPTH} levels of nesting. Check that this is a model configuration.`;
    throw new BertieError("config/json", message);
  }
  const json = new TextEncoder().encode(text.replace(/^\uFEFF/, ""));
  const inner = (value: Uint8Array) => {
    const parsed = parse(value);
    return typeof parsed === "object" ? undefined : parsed;
  };
  try {
    return uniqueMembers(json, fileName, (value) =>
      isObject(value) ? uniqueMembers(value, fileName, inner) : parse(value),
    );
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const reason = cause.message.replace(/\p{Cc}+/gu, " ");
    const message = `${fileName}: expected a JSON object with keys such as "hidden_size" (${reason}). Check that this is a model configuration.`;
    throw new BertieError("config/json", message, { cause });
  }
}

/** Reads the members of an object in which every key must be unique. */
function uniqueMembers(
  json: Uint8Array,
  fileName: string,
  read: (value: Uint8Array) => unknown,
): Record<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [key, value] of jsonMembers(json)) {
    if (members.has(key)) {
      const text = `${fileName}: key ${quote(key)} occurs twice. Remove one occurrence.`;
      throw new BertieError("config/duplicate-key", text);
    }
    members.set(key, read(value));
  }
  return Object.fromEntries(members);
}

function isObject(json: Uint8Array): boolean {
  return json[0] === 0x7b;
}

function parse(json: Uint8Array): unknown {
  return json.length > MAX_VALUE_BYTES ? undefined : JSON.parse(new TextDecoder().decode(json));
}
