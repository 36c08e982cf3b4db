// Builds the sidebar of a locale from the list of pages, and the part of the API reference from the generated files.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiPackages, sections } from "./pages.js";

const docs = fileURLToPath(new URL("..", import.meta.url));
const exists = (page) => existsSync(`${docs}${page.endsWith("/") ? `${page}index` : page}.md`);

/** @param locale "en" or "zh" */
export function sidebar(locale) {
  return sections
    .map(({ title, pages }) => ({ text: title[locale], items: pages.flatMap((page) => item(page, locale)) }))
    .filter(({ items }) => items.length > 0);
}

/** The first page of the first section that exists, for the navigation bar. */
export function firstPage(locale, section) {
  return sidebar(locale).find(({ text }) => text === sections[section].title[locale])?.items[0]?.link;
}

/** The Markdown files that exist in both languages, such as "guide/deno.md". */
export function translatedPages() {
  return readdirSync(`${docs}zh`, { recursive: true }).filter(
    (file) => file.endsWith(".md") && existsSync(docs + file),
  );
}

function item([page, english, chinese], locale) {
  if (locale === "zh" && exists(`zh/${page}`)) return [{ text: chinese, link: `/zh/${page}` }];
  if (!exists(page)) return [];
  const text = locale === "zh" ? `${chinese}（英文）` : english;
  if (page === "reference/api/") return [{ text, link: `/${page}`, collapsed: true, items: apiItems() }];
  return [{ text, link: `/${page}` }];
}

/** The pages of the packages that TypeDoc has written, in the order of the list. */
function apiItems() {
  return Object.values(apiPackages)
    .map((name) => ({ text: name, link: `/reference/api/${name}` }))
    .filter(({ link }) => exists(link.slice(1)));
}
