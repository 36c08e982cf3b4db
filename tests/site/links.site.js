import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";
import { dist, pagesOfSite } from "./site.js";

const decodeEntities = (text) => text.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');

const pages = new Map(pagesOfSite().map((path) => [path, readFileSync(`${dist}/${path}`, "utf8")]));
const idsOf = new Map(
  Array.from(pages, ([path, html]) => [
    path,
    new Set(Array.from(html.matchAll(/\s(?:id|name)="([^"]*)"/g), ([, id]) => decodeEntities(id))),
  ]),
);

/** Returns a description of the error in a link of a page, or undefined. */
function faultOf(page, link) {
  if (/^(data|https?|mailto):/.test(link)) return URL.canParse(link) ? undefined : "is not a valid URL";
  if (link.startsWith("/")) return "is not relative";
  const [address, anchor] = link.split("#").map(decodeURIComponent);
  let file = address === "" ? page : posix.join(posix.dirname(page), address);
  if (file === "." || file.endsWith("/")) file = posix.join(file, "index.html");
  if (!existsSync(`${dist}/${file}`) || statSync(`${dist}/${file}`).isDirectory())
    return `leads to ${file}, which does not exist`;
  if (!anchor || idsOf.get(file)?.has(anchor)) return undefined;
  return `names an anchor that ${file} does not have`;
}

it("all links of the built pages lead to files and anchors that exist", () => {
  const faults = [];
  for (const [page, html] of pages)
    for (const [, link] of html.matchAll(/<[^>]+?\s(?:href|src)="([^"]*)"/g)) {
      const fault = faultOf(page, decodeEntities(link));
      if (fault !== undefined) faults.push(`${page}: ${link} ${fault}`);
    }
  expect(pages.size).toBeGreaterThan(10);
  expect([...new Set(faults)]).toEqual([]);
});
