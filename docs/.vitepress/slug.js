/**
 * Returns the anchor of a heading, by GitHub's rules, so that a link such as `page.md#heading` works both on the site and in
 * the repository. Repeated headings get `-1`, `-2`, …, here as on GitHub.
 */
export function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}
