/** Two questions about a JSON text that JSON.parse does not answer. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How deep brackets nest in a text that may be JSON; to be asked before parsing, as hostile nesting eats memory. */
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
 * The first key that some object has twice, or undefined. JSON.parse would keep the last one silently, so that two
 * readers could see two different files.
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

/** Where the string that opens at `start` closes; the text's length if it never does. */
function closingQuote(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}
