// Runs the code blocks of the documents:
//   node scripts/check/documents.js [FILE.md…]     default: all Markdown files of the repository
//
// ```ts            type-checked and run by Deno, each block by itself
// ```js            run by Node, each block by itself
// ```sh            run by bash, all blocks of a page in one session, in a folder with the repository's examples/, where
//                  the packed packages can be installed without a network; before the page's other blocks
// ```json, ```toml parsed
// ```py            compiled
// ```text          output; ```text output after a block is compared with what the block printed: each line must occur in
//                  order, and … stands for any text, or, as the only text of a line, for any lines
// ```console       output, or a session to read
//
// A block of a Chinese document whose code is a block of the English one, apart from comments, counts as that block.
//
// A block of any other language, or one that cannot run here, needs a reason in its fence: ```sh skip="needs a CUDA GPU".
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "./documents/markdown.js";
import { findMissingLine } from "./documents/output.js";
import { parsers, runNode, runShell, runTypeScript } from "./documents/runners.js";
import { createSandbox } from "./documents/sandbox.js";
import { englishBlocks, isTranslationOf } from "./documents/translations.js";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const outputs = ["text", "console"];
const shells = ["sh", "bash", "shell"];
const scripts = { ts: "ts", typescript: "ts", js: "js", javascript: "js", mjs: "js" };

const listed = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "*.md"],
  {
    cwd: root,
    encoding: "utf8",
  },
);
const chosen = process.argv.slice(2).map((path) => path.replace(`${root}/`, ""));
const paths = (chosen.length > 0 ? chosen : listed.trim().split("\n")).filter((path) => !path.includes("/fixtures/"));
const counts = { passed: 0, failed: 0, skipped: 0 };

function report(verdict, path, { line }, detail = "") {
  counts[verdict]++;
  const word = { passed: "ok     ", failed: "FAILED ", skipped: "skipped" }[verdict];
  console.log(`${word} ${path}:${line}${detail && `: ${detail}`}`);
}

/** Reports a block that has run, and compares its output with the ```text output block after it. */
function judge(path, block, { error, output }) {
  const missing = block.output && !error ? findMissingLine(block.output.code, output) : undefined;
  if (error === undefined && missing === undefined) return report("passed", path, block);
  const expected = missing && `the output does not contain the line ${JSON.stringify(missing)} in its place`;
  report("failed", path, block, error ?? expected);
  console.log(output.replace(/^/gm, "    | "));
}

const documents = paths.map((path) => {
  const text = readFileSync(`${root}/${path}`, "utf8");
  return { path, text, blocks: codeBlocks(text) };
});

const withTypeScript = [];
const sandbox = createSandbox(root);
try {
  for (const { path, text, blocks } of documents) {
    const runs = { sh: [], ts: [], js: [] };
    const english = englishBlocks(root, path) ?? [];
    for (const block of blocks) {
      const { language, skip, attributes } = block;
      const kind = shells.includes(language) ? "sh" : scripts[language];
      if (skip) report("skipped", path, block, skip);
      else if (
        skip === "" ||
        attributes.includes("ignore") ||
        (!kind && !parsers[language] && !outputs.includes(language))
      )
        report("failed", path, block, `a block of "${language}" needs a reason in its fence: skip="…"`);
      else if (kind && isTranslationOf(block, english))
        report("passed", path, block, "the code of the English document");
      else if (kind) runs[kind].push(block);
      else if (parsers[language]) judge(path, block, parsers[language](block.code));
    }
    if (runs.sh.length + runs.ts.length + runs.js.length === 0) continue;
    const cwd = sandbox.folderFor(path);
    const context = { root, cwd, env: sandbox.env };
    for (const [block, result] of await runShell(runs.sh, context)) judge(path, block, result);
    for (const block of runs.js) judge(path, block, await runNode(block, context));
    if (runs.ts.length > 0) withTypeScript.push({ path, text, blocks, chosen: runs.ts, cwd });
  }
  const context = { root, cwd: sandbox.folder, env: sandbox.env };
  for (const [path, block, result] of await runTypeScript(withTypeScript, context)) judge(path, block, result);
} finally {
  sandbox.remove();
}
console.log(`cases: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
