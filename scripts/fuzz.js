// Gives a parser mutated files for as long as you like, and keeps what breaks it:
//   node scripts/fuzz.js PARSER [--seconds N] [--seed N] [--findings FOLDER]
//
// A parser may read an input or refuse it with a BertieError, soon. Any other error, or a wait of seconds, is a finding: it
// is saved, and the exit code is 1. Inputs start from tests/fixtures/fuzz/PARSER; those whose outcome is a new kind are
// mutated further. Needs a build (npm run build). The Rust core has a fuzz target of its own: see CONTRIBUTING.md.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createMutator } from "./fuzz/mutate.js";
import { parsers } from "./fuzz/parsers.js";

const SLOW_MS = 5000;
/** Inputs that are mutated further, at most. */
const LARGEST_POOL = 5000;
/** Between looks at the clock. */
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
Error.stackTraceLimit = 0; // most inputs are refused, and stack traces would take most of the time
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
    if (performance.now() - before > SLOW_MS) reportIfSlow(input);
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    if (pool.length < LARGEST_POOL) pool.push(input);
  }
}
const seconds = (performance.now() - start) / 1000;
const rate = Math.round(executions / seconds);
console.log(
  `${name}: ${executions} executions in ${seconds.toFixed(1)} s, ${rate} a second; ${kinds.size} kinds of outcome; ${findings} findings`,
);
process.exitCode = findings > 0 ? 1 : 0;

/** What becomes of an input, in words without what differs between inputs of one kind. */
function outcome(input) {
  try {
    return `read ${parse(input) ?? ""}`;
  } catch (error) {
    if (!isRefusal(error)) report(input, stackOf(input));
    const [words] = String(error?.message).split(/["'[(]/);
    return `${error?.code} ${words.replace(/\d+/g, "#")}`;
  }
}

function isRefusal(error) {
  return error?.name === "BertieError" || /^input\/[\w-]+$/.test(error?.code);
}

function stackOf(input) {
  Error.stackTraceLimit = stackTraceLimit;
  try {
    parse(input);
    return "another time it does not";
  } catch (error) {
    return error?.stack ?? error;
  } finally {
    Error.stackTraceLimit = 0;
  }
}

/** Once more, as the machine may have slept. */
function reportIfSlow(input) {
  const before = performance.now();
  outcome(input);
  const took = performance.now() - before;
  if (took > SLOW_MS) report(input, `took ${Math.round(took)} ms, and as long before`);
}

function report(input, what) {
  findings++;
  mkdirSync(values.findings, { recursive: true });
  const file = join(values.findings, `${name}-${createHash("sha256").update(input).digest("hex").slice(0, 12)}`);
  writeFileSync(file, input);
  console.error(`${name}: finding, saved as ${file}: ${what}`);
}
