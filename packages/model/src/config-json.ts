import { BertieError, jsonMembers } from "@bertie/common";
import { nestingDepth } from "./json-guard.ts";
import { quote } from "./quote.ts";

/** Messages show values by JSON.stringify, which is recursive. */
const DEEPEST = 100;

/** Any value that means something is far shorter. */
const LONGEST_VALUE = 1 << 16;

/**
 * The members of a configuration: numbers, texts, flags, lists, and objects without such in them, which is what labels
 * are. What is nested deeper, or is very long, becomes undefined: nothing that Bertie looks for is like that, and parsed it
 * takes many times the memory of its bytes.
 *
 * @throws BertieError config/json, config/duplicate-key
 */
export function readConfigMembers(text: string, fileName: string): Record<string, unknown> {
  if (nestingDepth(text) > DEEPEST)
    throw new BertieError("config/json", `${fileName}: nested more than ${DEEPEST} deep`);
  const json = new TextEncoder().encode(text.replace(/^\uFEFF/, ""));
  const inner = (value: Uint8Array) => {
    const parsed = parse(value);
    return typeof parsed === "object" ? undefined : parsed;
  };
  try {
    return membersOnce(json, fileName, (value) =>
      isObject(value) ? membersOnce(value, fileName, inner) : parse(value),
    );
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const reason = cause.message.replace(/\p{Cc}+/gu, " ");
    const what = `${fileName} is not valid JSON, an object with keys such as "hidden_size": ${reason}`;
    throw new BertieError("config/json", what, { cause });
  }
}

function membersOnce(
  json: Uint8Array,
  fileName: string,
  read: (value: Uint8Array) => unknown,
): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of jsonMembers(json)) {
    if (found.has(key)) {
      const text = `${fileName}: the key ${quote(key)} is there twice; delete the one that is not meant`;
      throw new BertieError("config/duplicate-key", text);
    }
    found.set(key, read(value));
  }
  return Object.fromEntries(found);
}

function isObject(json: Uint8Array): boolean {
  return json[0] === 0x7b;
}

function parse(json: Uint8Array): unknown {
  return json.length > LONGEST_VALUE ? undefined : JSON.parse(new TextDecoder().decode(json));
}
