/** Maximum length in UTF-16 code units. */
const MAX_LENGTH = 120;

/**
 * Returns an untrusted value as text for an error message: truncated JSON with control characters escaped.
 *
 * Control characters could break the line or control a terminal. JSON.stringify escapes only U+0000 to U+001F.
 *
 * @returns one line; "nothing" for undefined
 *
 * @example
 * ```ts
 * import { quote } from "@bertie/common";
 *
 * console.log(quote(["a\u007f"])); // ["a\u007f"]
 * ```
 */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return short.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
