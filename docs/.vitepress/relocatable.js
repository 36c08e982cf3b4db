// Makes the built site work in any folder of any host.
//
// VitePress builds for one base path. The site is built for a placeholder; afterwards the links in HTML become relative, and
// scripts read the base at run time, which each page computes from its own address and depth.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vite";

export const placeholderBase = "/__bertie_docs_base__/";
const runtimeBase = "window.__VP_SITE_DATA__.base";

/** Rewrites all files of a built site. */
export function makeRelocatable(folder) {
  for (const file of readdirSync(folder, { recursive: true })) {
    const rewrite = file.endsWith(".html") ? rewriteHtml : file.endsWith(".js") ? rewriteScript : undefined;
    const path = join(folder, file);
    if (file.endsWith(".css")) writeFileSync(path, rewriteStyle(readFileSync(path, "utf8"), file));
    if (rewrite === undefined) continue;
    const text = rewrite(readFileSync(path, "utf8"), file);
    if (text.includes(placeholderBase))
      throw new Error(`${file}: the base path is in a place that cannot be rewritten`);
    writeFileSync(path, text);
  }
}

const toRoot = (file) => "../".repeat(file.split("/").length - 1) || "./";

function rewriteStyle(text, file) {
  return text.replaceAll(placeholderBase, toRoot(file));
}

function rewriteHtml(text, file) {
  const root = toRoot(file);
  // A host shows 404.html for addresses of any depth; below the root's own level, its links lead nowhere.
  const setBase = `${runtimeBase}=new URL(${JSON.stringify(root)},location.href).pathname;`;
  // Relative links work without scripts. With scripts, the address changes while the elements stay, so links are resolved
  // once, before anything else happens.
  const resolveLinks = `document.querySelectorAll('a[href^="."],img[src^="."]').forEach(e=>{const n=e.href===undefined?"src":"href",u=new URL(e.getAttribute(n),location.href);e.setAttribute(n,u.pathname+u.search+u.hash)});`;
  return text
    .replace(/(window\.__VP_SITE_DATA__=.*?)<\/script>/s, (_, assignment) => {
      return `${assignment.replaceAll(placeholderBase, "/")}${setBase}${resolveLinks}</script>`;
    })
    .replaceAll(placeholderBase, root);
}

/** Replaces string literals that contain the placeholder by expressions. */
function rewriteScript(text) {
  if (!text.includes(placeholderBase)) return text;
  const edits = [];
  visit(parseAst(text), (node) => {
    const source = text.slice(node.start, node.end);
    if (node.type === "Literal" && typeof node.value === "string" && source.includes(placeholderBase)) {
      edits.push([node, `(${splitPlaceholder(source)})`]);
    }
    if (node.type === "TemplateElement" && source.includes(placeholderBase)) {
      edits.push([node, source.replaceAll(placeholderBase, `\${${runtimeBase}}`)]);
    }
  });
  let rewritten = text;
  for (const [{ start, end }, replacement] of edits.sort(([a], [b]) => b.start - a.start)) {
    rewritten = rewritten.slice(0, start) + replacement + rewritten.slice(end);
  }
  return rewritten;
}

/** `"/BASE/a"` → `""+base+"a"`. */
function splitPlaceholder(literal) {
  const quote = literal[0];
  return literal.split(placeholderBase).join(`${quote}+${runtimeBase}+${quote}`);
}

function visit(node, see) {
  if (Array.isArray(node)) for (const each of node) visit(each, see);
  if (typeof node?.type !== "string") return;
  see(node);
  for (const child of Object.values(node)) if (child !== null && typeof child === "object") visit(child, see);
}
