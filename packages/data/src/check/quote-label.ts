/** Maximum length of a quoted label in characters. A label from the wrong column can be a long text. */
const MAX_LENGTH = 40;
/** Characters that a terminal does not show, except the ordinary space. */
const UNSEEN = /\p{C}|\p{Variation_Selector}|\u034f|[\u115f\u1160\u3164\uffa0]|(?! )\p{Z}/gu;

/**
 * Returns a label in quotes on one line. Invisible characters and unusual spaces are escaped, and long labels are truncated.
 *
 * @example
 * ```ts
 * import { quoteLabel } from "@bertie/data";
 *
 * console.log(quoteLabel("good\u200b")); // "good\u200b"
 * ```
 */
export function quoteLabel(label: string): string {
  return escapeAll(quoted(label), UNSEEN);
}

/**
 * Returns a label in quotes, with escapes for every character that can look like another one: invisible characters, spaces,
 * compatibility characters such as fullwidth letters, and combining marks that are not composed.
 */
export function quoteExactly(label: string): string {
  const text = quoteLabel(label);
  const decomposed = text.normalize("NFC") === text ? text : escapeAll(text, /\p{M}/gu);
  return Array.from(decomposed, (character) =>
    character.normalize("NFKC") === character ? character : escapeUnits(character),
  ).join("");
}

/**
 * Returns labels with their counts, most frequent first: `"好评,差评" (12), "好评" (3)`.
 *
 * @param most maximum number of labels; the others are counted
 * @example
 * ```ts
 * import { countedLabels } from "@bertie/data";
 *
 * console.log(countedLabels([{ label: "好评", rows: 3 }, { label: "好评,差评", rows: 12 }])); // "好评,差评" (12), "好评" (3)
 * ```
 */
export function countedLabels(
  labels: readonly { readonly label: string; readonly rows: number }[],
  most = 8,
  quote: (label: string) => string = quoteLabel,
): string {
  const sorted = labels.toSorted((a, b) => b.rows - a.rows);
  const shown = sorted.slice(0, most).map(({ label, rows }) => `${quote(label)} (${rows})`);
  return [...shown, ...(labels.length > most ? [`and ${labels.length - most} more`] : [])].join(", ");
}

function quoted(label: string): string {
  const start = label.slice(0, 4 * MAX_LENGTH);
  const characters = Array.from(start);
  return JSON.stringify(
    characters.length > MAX_LENGTH || start !== label ? `${characters.slice(0, MAX_LENGTH).join("")}…` : label,
  );
}

function escapeAll(text: string, characters: RegExp): string {
  return text.replace(characters, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }).join("");
}
