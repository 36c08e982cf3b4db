// Compares a translated document with the English one: its code blocks are proven by running the English ones.
import { existsSync, readFileSync } from "node:fs";
import { codeBlocks } from "./markdown.js";

/** Returns the path of the English version of a Chinese document, or undefined. */
export function englishPathOf(path) {
  if (path.startsWith("docs/zh/")) return path.replace("docs/zh/", "docs/");
  return path.endsWith(".zh-CN.md") ? path.replace(".zh-CN.md", ".md") : undefined;
}

/** Returns the code blocks of the English version of a document, or undefined if there is none. */
export function englishBlocks(root, path) {
  const english = englishPathOf(path);
  if (english === undefined || !existsSync(`${root}/${english}`)) return undefined;
  return codeBlocks(readFileSync(`${root}/${english}`, "utf8"));
}

/** Returns whether a block occurs among others, apart from its comments. */
export function isTranslationOf(block, others) {
  return others.some((other) => other.language === block.language && codeOf(other) === codeOf(block));
}

function codeOf({ code }) {
  return code.replace(/\s*(?:#|\/\/) .*$/gm, "").trim();
}
