// Writes docs/reference/cli.md from the definitions of the commands:
//   node scripts/docs/cli-reference.js             writes the page
//   node scripts/docs/cli-reference.js --check     fails if the page is not current
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderCliReference } from "./render-cli.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = "docs/reference/cli.md";

execFileSync(process.execPath, ["scripts/build.js", "--quiet"], { cwd: root, stdio: "inherit" });
const { createProgram } = await import("../../packages/cli/dist/program.js");
const page = renderCliReference(createProgram());

if (process.argv.includes("--check")) {
  if (readFileSync(root + file, "utf8") !== page) {
    console.error(`${file} is not current: run node scripts/docs/cli-reference.js and commit the result.`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(`${root}docs/reference`, { recursive: true });
  writeFileSync(root + file, page);
  console.log(`wrote ${file}`);
}
