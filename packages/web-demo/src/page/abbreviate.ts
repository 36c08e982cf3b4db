/** Truncates a text that is longer than the given number of UTF-16 code units, and marks it with "…". */
export function abbreviate(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
