// Reads code blocks, headings and links of Markdown.

/**
 * Returns the fenced code blocks of a document.
 *
 * A block is `{ line, language, attributes, skip, code, output }`: the 1-based line of its fence, the first word after the
 * fence, the other words, the reason of `skip="…"`, the lines between the fences, and the code of a ```text output block
 * that follows, with only blank lines between.
 */
export function codeBlocks(text) {
  const lines = text.split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent, fence, info] = /^([\s>]*)(`{3,}|~{3,})(.*)$/.exec(lines[at]) ?? [];
    if (fence === undefined || (fence[0] === "`" && info.includes("`"))) continue;
    const start = at;
    const code = [];
    const isEnd = (line) => line.trim().startsWith(fence) && /^(`+|~+)$/.test(line.trim());
    for (at++; at < lines.length && !isEnd(lines[at]); at++) code.push(lines[at].replace(indent, ""));
    blocks.push({ line: start + 1, end: at + 1, ...readInfo(info), code: `${code.join("\n")}\n` });
  }
  for (const [i, block] of blocks.entries()) {
    const next = blocks[i + 1];
    if (next?.language !== "text" || !next.attributes.includes("output")) continue;
    const between = lines.slice(block.end, next.line - 1);
    if (between.every((line) => line.trim() === "")) block.output = next;
  }
  return blocks;
}

function readInfo(info) {
  const skip = /\bskip="([^"]*)"/.exec(info)?.[1];
  const [first = "", ...attributes] = info
    .replace(/\bskip="[^"]*"/, "")
    .trim()
    .split(/\s+/);
  return { language: /^[\w+-]*/.exec(first)[0], attributes, skip };
}

/** Replaces code blocks, comments and inline code by blanks, so that what remains is prose with the same line numbers. */
export function withoutCode(text) {
  const blank = (match) => match.replace(/[^\n]/g, " ");
  const lines = text.split("\n");
  for (const { line, end } of codeBlocks(text)) lines.fill("", line - 1, end);
  return lines
    .join("\n")
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, blank);
}

/** Returns the targets of links and images in Markdown and in HTML tags, with the lines where they are. */
export function linksOf(text) {
  const prose = withoutCode(text);
  const pattern =
    /\]\((?:<([^>]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+"[^"]*")?\)|\b(?:href|src)="([^"]*)"|^\[[^\]]+\]:\s+(\S+)/gm;
  return Array.from(prose.matchAll(pattern), ({ index, 1: a, 2: b, 3: c, 4: d }) => ({
    target: a ?? b ?? c ?? d,
    line: prose.slice(0, index).split("\n").length,
  }));
}

/** Returns the anchors of a document: its headings, through the given slug function, and the ids in HTML tags. */
export function anchorsOf(text, slugify) {
  const lines = text.split("\n");
  for (const { line, end } of codeBlocks(text)) lines.fill("", line - 1, end);
  const seen = new Map();
  const anchors = new Set(Array.from(lines.join("\n").matchAll(/\b(?:id|name)="([^"]+)"/g), ([, id]) => id));
  for (const line of lines) {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const [, custom] = /\{#([\w-]+)\}$/.exec(heading) ?? [];
    const slug = custom ?? slugify(plainText(heading));
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

const plainText = (heading) =>
  heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\\([^\w\s])/g, "$1")
    .replace(/<[^>]+>/g, "")
    .replace(/[`*]/g, "");
