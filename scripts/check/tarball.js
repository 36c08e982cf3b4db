// Checks a packed package: the findings of publint, and missing or unwanted files.
//   node scripts/check/tarball.js FILE.tgz
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const [file] = process.argv.slice(2);
const list = execFileSync("tar", ["-tzf", file], { encoding: "utf8" });
const files = list
  .trimEnd()
  .split("\n")
  .map((path) => path.replace(/^package\//, ""));
const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(await readFile(file)).buffer } });

const has = (path) => files.includes(path);
const problems = [
  ...messages.filter(({ type }) => type !== "suggestion").map((message) => formatMessage(message, pkg)),
  ...["package.json", "src/index.ts", "dist/index.js", "dist/index.d.ts", "LICENSE"]
    .filter((path) => !has(path))
    .map((path) => `${path} is missing`),
  ...files
    .filter((path) => /\.test\.|tsbuildinfo|fixtures\/|\/testing\/|^target\//.test(path))
    .map((path) => `${path} must not be published`),
  ...files
    .filter((path) => /^src\/.*\.ts$/.test(path) && !has(path.replace(/^src/, "dist").replace(/ts$/, "js")))
    .map((path) => `${path} is not built`),
  ...files
    // Parts of the entry point for pages are named after it.
    .filter((path) => /^dist\/(?!page-).*\.js$/.test(path) && !has(path.replace(/^dist/, "src").replace(/js$/, "ts")))
    .map((path) => `${path} has no source; delete dist and build again`),
];
for (const problem of problems) console.log(`FAILED  ${pkg.name}: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
