// Tokenizes golden records with the packed packages in all runtimes, and checks the packages with all type checkers:
//   node tests/matrix/run.js FOLDER CHROMIUM [--all]
//
//   FOLDER   folder of scripts/check/install-packed.sh
//   --all    check TypeScript with all combinations of module resolution and libraries
//
// With the environment variable CELLS, a regular expression, only the cells with matching names run.
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writePrograms } from "./cells.js";
import { RECORDS } from "./golden.js";
import { jsrCell, resolutionCell, typeCells } from "./packages.js";
import { pageCells, withChromium } from "./pages.js";
import { runtimeCells } from "./runtimes.js";

const WORKERS = 2;
const [folder, chromium] = process.argv.slice(2);
const all = process.argv.includes("--all");
const only = process.env.CELLS === undefined ? /^/ : new RegExp(process.env.CELLS);
const user = join(folder, "user");
const project = { user, programs: join(user, "matrix") };
writePrograms(project.programs);
cpSync(new URL("types", import.meta.url), join(user, "matrix-types"), { recursive: true });
const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));

const results = [];
await withChromium(chromium, user, async (openBrowser) => {
  const tokenizing = [...runtimeCells(project), ...pageCells(project, openBrowser)];
  const checks = [...typeCells(project, all), resolutionCell(tarballs.map((name) => join(folder, name))), jsrCell()];
  const cells = [...tokenizing.map((cell) => ({ ...cell, tokenizes: true })), ...checks];
  const waiting = cells.map((cell, index) => ({ ...cell, index })).filter(({ name }) => only.test(name));
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) results.push(await resultOf(cell));
    }),
  );
});

async function resultOf({ name, index, tokenizes, run }) {
  const start = performance.now();
  const result = await run().then(
    (line) => ({ line }),
    (error) => ({ error }),
  );
  return { name, index, tokenizes, seconds: (performance.now() - start) / 1000, ...result };
}

results.sort((a, b) => a.index - b.index);
const expected = results.find(({ tokenizes, line }) => tokenizes && line !== undefined)?.line;
let failed = 0;
for (const { name, tokenizes, seconds, line, error } of results) {
  const differs = tokenizes && line !== undefined && (line !== expected || !line.startsWith(`${RECORDS} records,`));
  const isFailed = error !== undefined || differs;
  if (isFailed) failed++;
  console.log(
    `${isFailed ? "FAILED" : "ok    "}  ${name.padEnd(40)} ${seconds.toFixed(1).padStart(5)} s  ${line ?? ""}`,
  );
  if (error) console.log(String(error.message).replace(/^/gm, "        "));
}
console.log(`cases: ${results.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
