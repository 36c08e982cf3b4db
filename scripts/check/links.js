// Checks the links of all Markdown files: files and anchors inside the repository; of other addresses only the syntax.
//   node scripts/check/links.js
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { slugify } from "../../docs/.vitepress/slug.js";
import { anchorsOf, linksOf } from "./documents/markdown.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "*.md"], {
  cwd: root,
  encoding: "utf8",
});
const documents = list.trim().split("\n");
const texts = new Map();

function textOf(path) {
  if (!texts.has(path)) texts.set(path, readFileSync(root + path, "utf8"));
  return texts.get(path);
}

/** Returns a description of the error in a link, or undefined. */
function faultOf(document, target) {
  if (/^[a-z][a-z+.-]*:/i.test(target)) {
    if (!URL.canParse(target)) return "is not a valid URL";
    return /^(https?|mailto):/.test(target) ? undefined : "has an unknown scheme";
  }
  if (target.startsWith("/"))
    return "starts with /: use a relative path, which works in the repository and on the site";
  const [path, anchor] = target.split("#").map(decodeURIComponent);
  const file = path === "" ? document : posix.join(posix.dirname(document), path);
  // Written when the site is built; the site's own checks cover links to it.
  if (file.startsWith("docs/reference/api/")) return undefined;
  if (!existsSync(root + file)) return "names a file that does not exist";
  if (anchor === undefined || statSync(root + file).isDirectory()) return undefined;
  if (!file.endsWith(".md")) return undefined;
  return anchorsOf(textOf(file), slugify).has(anchor) ? undefined : "names a heading that does not exist";
}

let checked = 0;
let failed = 0;
for (const document of documents)
  for (const { target, line } of linksOf(textOf(document))) {
    checked++;
    const fault = faultOf(document, target);
    if (fault === undefined) continue;
    failed++;
    console.log(`FAILED  ${document}:${line}: the link ${target} ${fault}`);
  }
console.log(`cases: ${checked - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
