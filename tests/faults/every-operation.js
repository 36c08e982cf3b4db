// Fails every file operation of a tiny run once, with each of some errors, and resumes it each time.
//
//   node tests/faults/every-operation.js [--errors ENOSPC,EIO] [--from 1] [--every 1] [--engine reference]
//
// Prints what did not go as it must, and a line that counts.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { arm, operations } from "./inject.js";
import { damagesOf, outcomeOf, ROOT, tinyRun } from "./tiny-run.js";

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

/** Runs the command in this process; its exit code, and what it said last. */
async function bertie(...more) {
  let said = "";
  process.stderr.write = (text) => {
    said += text;
    return true;
  };
  process.stdout.write = () => true;
  const code = await main([...options, "--output-dir", run, ...more]);
  process.stderr.write = write;
  delete process.stdout.write;
  process.stdout.removeAllListeners("error");
  return { code, line: said.trimEnd().split("\n").at(-1), said };
}

/** The faults of one run that is disturbed, and of its resumption. */
async function disturb(at, what, expected) {
  const faults = [];
  rmSync(join(folder, "outputs"), { recursive: true, force: true });
  arm({ under: folder, at, what });
  const { code, line, said } = await bertie();
  arm({ under: folder, at: 0, what: "" });
  const mayRefuse = what === "EACCES";
  if (code === 0 ? outcomeOf(run) !== expected : code !== 1 && !(code === 2 && mayRefuse)) faults.push(`exit ${code}`);
  if (code !== 0 && !/^bertie: .*/.test(line)) faults.push("no line that says why");
  if (/\n\s+at /.test(said)) faults.push("a stack trace");
  faults.push(...damagesOf(run));
  const again = await bertie("--resume");
  if (again.code !== 0) faults.push(`not resumed: ${again.line}`);
  else if (outcomeOf(run) !== expected) faults.push("resumed to another outcome");
  if (existsSync(`${run}.unfinished`)) faults.push("something is left");
  return { code, faults: faults.map((fault) => `${what} at operation ${at}: ${fault} (${line})`) };
}

arm({ under: folder, at: 0, what: "" });
const first = await bertie();
if (first.code !== 0) throw new Error(first.said);
const count = operations();
const expected = outcomeOf(run);
const found = [];
const codes = {};
for (const what of values.errors.split(",")) {
  for (let at = Number(values.from); at <= count; at += Number(values.every)) {
    const { code, faults } = await disturb(at, what, expected);
    codes[code] = (codes[code] ?? 0) + 1;
    found.push(...faults);
  }
}
for (const fault of found) console.log(fault);
rmSync(folder, { recursive: true, force: true });
const failed = Object.values(codes).reduce((a, b) => a + b, 0);
const summary = { engine: values.engine, operations: count, failed, exit_codes: codes, faults: found.length };
console.log(JSON.stringify(summary));
process.exitCode = found.length === 0 ? 0 : 1;
