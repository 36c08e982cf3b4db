// Checks of JSON texts that JSON.parse does not perform.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Returns the maximum nesting depth of brackets in a text, which need not be valid JSON.
 *
 * Check the depth before parsing, because deeply nested JSON can exhaust memory.
 */
export function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') i = closingQuote(text, i);
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

/**
 * Returns the first key that occurs twice in the same object, or undefined if there is none.
 *
 * JSON.parse silently uses the last of several equal keys, but other parsers could use the first one.
 *
 * @param json valid JSON
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    else if (character === '"') {
      const start = i;
      i = closingQuote(json, start);
      const isKey = /\s*:/y;
      isKey.lastIndex = i + 1;
      if (!isKey.test(json)) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/**
 * Returns the position of the quote that closes the string at `start`, or at least the text's length if the string is not
 * closed.
 */
function closingQuote(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}
