/** Returns at most the given number of UTF-16 code units of a text, without half of a surrogate pair at the end. */
export function truncate(text: string, length: number): string {
  return text.length > length ? text.slice(0, length).replace(/[\ud800-\udbff]$/, "") : text;
}

/** Truncates a text that is longer than the given number of UTF-16 code units, and marks it with "…". */
export function abbreviate(text: string, length: number): string {
  return text.length > length ? `${truncate(text, length)}…` : text;
}
