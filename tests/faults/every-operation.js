// Makes every file operation of a tiny run fail once with each of several errors, and resumes the run each time.
//
//   node tests/faults/every-operation.js [--errors ENOSPC,EIO] [--from 1] [--every 1] [--engine reference]
//
// Prints every violation, and a summary as the last line.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { arm, operations } from "./inject.js";
import { findDamage, outcomeOf, ROOT, tinyRun } from "./tiny-run.js";

const { values } = parseArgs({
  options: {
    errors: { type: "string", default: "ENOSPC,EIO" },
    from: { type: "string", default: "1" },
    every: { type: "string", default: "1" },
    engine: { type: "string", default: "reference" },
  },
});
const { main } = await import(`${ROOT}/packages/cli/dist/index.js`);
const folder = mkdtempSync(join(tmpdir(), "bertie-faults-"));
const options = tinyRun(folder, { engine: values.engine });
const run = join(folder, "outputs", "run");
const { write } = process.stderr;

/** Runs the command in this process, and returns its exit code, its output and its last line. */
async function bertie(...args) {
  let output = "";
  process.stderr.write = (text) => {
    output += text;
    return true;
  };
  process.stdout.write = () => true;
  const code = await main([...options, "--output-dir", run, ...args]);
  process.stderr.write = write;
  delete process.stdout.write;
  process.stdout.removeAllListeners("error");
  return { code, line: output.trimEnd().split("\n").at(-1), output };
}

/** Runs with one failing operation, resumes the run, and returns the violations. */
async function runWithFailure(at, error, expected) {
  const violations = [];
  rmSync(join(folder, "outputs"), { recursive: true, force: true });
  arm({ under: folder, at, what: error });
  const { code, line, output } = await bertie();
  arm({ under: folder, at: 0, what: "" });
  const allowsUsageError = error === "EACCES";
  if (code === 0 ? outcomeOf(run) !== expected : code !== 1 && !(code === 2 && allowsUsageError))
    violations.push(`unexpected exit code ${code}`);
  if (code !== 0 && !/^bertie: .*/.test(line)) violations.push("no error line");
  if (/\n\s+at /.test(output)) violations.push("a stack trace");
  violations.push(...findDamage(run));
  const resumed = await bertie("--resume");
  if (resumed.code !== 0) violations.push(`cannot be resumed: ${resumed.line}`);
  else if (outcomeOf(run) !== expected) violations.push("the resumed run has another outcome");
  if (existsSync(`${run}.unfinished`)) violations.push(`${run}.unfinished was not removed`);
  return { code, violations: violations.map((text) => `${error} at operation ${at}: ${text} (${line})`) };
}

arm({ under: folder, at: 0, what: "" });
const first = await bertie();
if (first.code !== 0) throw new Error(first.output);
const count = operations();
const expected = outcomeOf(run);
const allViolations = [];
const codes = {};
for (const error of values.errors.split(",")) {
  for (let at = Number(values.from); at <= count; at += Number(values.every)) {
    const { code, violations } = await runWithFailure(at, error, expected);
    codes[code] = (codes[code] ?? 0) + 1;
    allViolations.push(...violations);
  }
}
for (const violation of allViolations) console.log(violation);
rmSync(folder, { recursive: true, force: true });
const failed = Object.values(codes).reduce((a, b) => a + b, 0);
const summary = { engine: values.engine, operations: count, failed, exit_codes: codes, faults: allViolations.length };
console.log(JSON.stringify(summary));
process.exitCode = allViolations.length === 0 ? 0 : 1;
