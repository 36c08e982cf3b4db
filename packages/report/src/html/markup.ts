/**
 * Markup whose values are escaped. A class, so that JSON data cannot pass for markup. Create it with {@link html}; the
 * constructor is for constants.
 */
export class Markup {
  readonly #text: string;
  constructor(strings: readonly string[], values: readonly MarkupValue[]) {
    this.#text = strings.map((text, i) => (i === 0 ? text : markupOf(values[i - 1]) + text)).join("");
  }
  toString(): string {
    return this.#text;
  }
}

/** Value in a template. Strings and numbers are escaped, undefined and false are omitted, arrays are joined. */
export type MarkupValue = Markup | string | number | false | undefined | readonly MarkupValue[];

/** Creates markup from a template literal. Values are escaped for element contents and quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings, values);
}

function markupOf(value: MarkupValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return value.toString();
  return Array.isArray(value) ? value.map(markupOf).join("") : escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text for element contents and quoted attributes. Characters that HTML forbids become U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!).replace(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, "\uFFFD");
}
