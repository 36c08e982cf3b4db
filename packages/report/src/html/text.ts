import { html, type Markup } from "./markup.ts";

const MAX_LENGTH = 600;

/** Creates the element of a text in any language. The rest of a text beyond 600 characters is folded. */
export function textBlock(text: string): Markup {
  if (text.length <= MAX_LENGTH) return html`<p class="text" dir="auto">${text === "" ? "(empty text)" : text}</p>`;
  const end = endOfCharacter(text, MAX_LENGTH);
  return html`<p class="text" dir="auto">${text.slice(0, end)}…</p>
<details><summary>Rest of the text (${text.length - end} characters)</summary><p class="text" dir="auto">${text.slice(end, end + 20_000)}${text.length > end + 20_000 ? "…" : ""}</p></details>`;
}

/** Returns an index near `index` that does not split a surrogate pair. */
function endOfCharacter(text: string, index: number): number {
  const code = text.charCodeAt(index - 1);
  return code >= 0xd800 && code < 0xdc00 ? index - 1 : index;
}
