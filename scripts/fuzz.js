// Fuzzes a parser with mutated files, and saves the inputs that break it:
//   node scripts/fuzz.js PARSER [--seconds N] [--seed N] [--findings FOLDER]
//
// A parser must either read an input or reject it with a BertieError, within 5 seconds. Any other error or a longer run is a
// finding: the input is saved, and the exit code is 1. The first inputs are the files in tests/fixtures/fuzz/PARSER; inputs
// with a new kind of outcome are mutated further. Run `npm run build` first. The Rust core has a separate fuzz target, see
// CONTRIBUTING.md.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createMutator } from "./fuzz/mutate.js";
import { parsers } from "./fuzz/parsers.js";

const SLOW_MS = 5000;
/** Maximum number of inputs to mutate further. */
const MAX_POOL = 5000;
/** Number of executions between two checks of the time limit. */
const BATCH = 200;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    findings: { type: "string", default: "fuzz-findings" },
  },
});
const [name] = positionals;
if (!Object.hasOwn(parsers, name ?? "")) {
  console.error(`usage: node scripts/fuzz.js PARSER [--seconds N]; parsers: ${Object.keys(parsers).join(", ")}`);
  process.exit(2);
}

const { parse, words, repair, largest = 1 << 14 } = await parsers[name]();
const folder = fileURLToPath(new URL(`../tests/fixtures/fuzz/${name}`, import.meta.url));
const pool = readdirSync(folder)
  .sort()
  .map((file) => new Uint8Array(readFileSync(join(folder, file))));
const mutate = createMutator(Number(values.seed), words, largest);
const stackTraceLimit = Error.stackTraceLimit;
Error.stackTraceLimit = 0; // most inputs are rejected, and creating stack traces would take most of the time
const kinds = new Set(pool.map(outcome));
console.log(`${name}: seed ${values.seed}, ${pool.length} files to start from, ${kinds.size} kinds of outcome`);

let executions = 0;
let findings = 0;
const start = performance.now();
const end = start + 1000 * Number(values.seconds);
while (performance.now() < end) {
  for (let i = 0; i < BATCH; i++) {
    let input = mutate(pool);
    if (repair && executions % 2 === 0) input = repair(input);
    const before = performance.now();
    const kind = outcome(input);
    executions++;
    if (performance.now() - before > SLOW_MS) reportIfStillSlow(input);
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    if (pool.length < MAX_POOL) pool.push(input);
  }
}
const seconds = (performance.now() - start) / 1000;
const rate = Math.round(executions / seconds);
console.log(
  `${name}: ${executions} executions in ${seconds.toFixed(1)} s, ${rate} per second; ${kinds.size} kinds of outcome; ${findings} findings`,
);
process.exitCode = findings > 0 ? 1 : 0;

/** Parses an input, and returns the kind of the outcome: the result or the error, without its numbers and quoted parts. */
function outcome(input) {
  try {
    return `read ${parse(input) ?? ""}`;
  } catch (error) {
    if (!isRejection(error)) report(input, stackOf(input));
    const [text] = String(error?.message).split(/["'[(]/);
    return `${error?.code} ${text.replace(/\d+/g, "#")}`;
  }
}

function isRejection(error) {
  return error?.name === "BertieError" || /^input\/[\w-]+$/.test(error?.code);
}

function stackOf(input) {
  Error.stackTraceLimit = stackTraceLimit;
  try {
    parse(input);
    return "the error did not occur again";
  } catch (error) {
    return error?.stack ?? error;
  } finally {
    Error.stackTraceLimit = 0;
  }
}

/** Reports an input if parsing it is slow a second time. The first time the machine may have been suspended. */
function reportIfStillSlow(input) {
  const before = performance.now();
  outcome(input);
  const milliseconds = performance.now() - before;
  if (milliseconds > SLOW_MS) report(input, `took ${Math.round(milliseconds)} ms, and was also slow the first time`);
}

function report(input, reason) {
  findings++;
  mkdirSync(values.findings, { recursive: true });
  const file = join(values.findings, `${name}-${createHash("sha256").update(input).digest("hex").slice(0, 12)}`);
  writeFileSync(file, input);
  console.error(`${name}: finding, saved as ${file}: ${reason}`);
}
