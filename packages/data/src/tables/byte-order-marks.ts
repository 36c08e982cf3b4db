/**
 * Removes byte order marks at the start of lines and cells, which joined files have. Marks within a text are kept, because they
 * may be zero-width spaces.
 *
 * @param text whole lines
 * @param onMark called for each mark
 */
export function removeMarks(text: string, onMark: () => void): string {
  if (!text.includes("\ufeff")) return text;
  return text.replace(/(^|[\n\r\t,;|"'^])\ufeff+/g, (_, before: string) => {
    onMark();
    return before;
  });
}
