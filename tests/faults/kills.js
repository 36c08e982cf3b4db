// Kills tiny runs with SIGKILL at a random file operation or after a random time, and resumes each run until it is complete.
// With --in-order, kills one run at its first file operation, another run at its second, and so on.
//
//   node tests/faults/kills.js [--kills 200 | --in-order] [--engine onnx] [--seed 1]
//
// Prints every violation, and a summary as the last line.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { findDamage, outcomeOf, ROOT, tinyRun } from "./tiny-run.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    "in-order": { type: "boolean", default: false },
    engine: { type: "string", default: "onnx" },
    seed: { type: "string", default: "1" },
  },
});
const INJECT = pathToFileURL(join(ROOT, "tests/faults/inject.js")).href;
const MAIN = join(ROOT, "packages/cli/dist/main.js");
/** Upper bound of the number of file operations of a run. */
const MAX_OPERATIONS = 700;
const folder = mkdtempSync(join(tmpdir(), "bertie-kills-"));
const run = join(folder, "run");
const inOrder = values["in-order"];
const options = [...tinyRun(folder, { engine: values.engine, epochs: inOrder ? 1.5 : 4 }), "--output-dir", run];
const random = generator(Number(values.seed));
const violations = [];

/** Runs the command, and kills it at file operation `at` or after `after` milliseconds unless it has exited before. */
async function bertie({ at = 0, after, resume }) {
  const fault = JSON.stringify({ under: run, at, what: "SIGKILL" });
  const child = spawn(process.execPath, ["--import", INJECT, MAIN, ...options, ...(resume ? ["--resume"] : [])], {
    env: { ...process.env, BERTIE_FAULT: fault },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  if (after !== undefined) {
    await Promise.race([ended, wait(after)]);
    child.kill("SIGKILL");
  }
  return { ...(await ended), line: stderr.trimEnd().split("\n").at(-1) };
}

const start = performance.now();
const uninterrupted = await bertie({});
if (uninterrupted.code !== 0) throw new Error(uninterrupted.line);
const duration = performance.now() - start;
const expected = outcomeOf(run);
rmSync(run, { recursive: true });

let kills = 0;
let runs = 0;
let resume = false;
for (let done = false; !done; ) {
  const { code, signal, line } = await bertie({ ...(inOrder ? nextOperation() : randomKill()), resume });
  violations.push(...findDamage(run));
  if (signal === "SIGKILL") {
    kills++;
    resume = true;
    continue;
  }
  runs++;
  // With --in-order, a new run that exits by itself has fewer operations than the next number: all have been tested.
  done = inOrder ? !resume : kills >= Number(values.kills);
  if (code !== 0) violations.push(`exit code ${code}: ${line}`);
  else if (outcomeOf(run) !== expected) violations.push("the resumed run has another outcome");
  if (existsSync(`${run}.unfinished`)) violations.push(`${run}.unfinished was not removed`);
  for (const path of [run, `${run}.unfinished`]) rmSync(path, { recursive: true, force: true });
  resume = false;
}
for (const violation of violations) console.log(violation);
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ engine: values.engine, kills, runs_completed: runs, faults: violations.length }));
process.exitCode = violations.length === 0 ? 0 : 1;

/** Kills at a random operation or after a random time, until there have been enough kills. */
function randomKill() {
  if (kills >= Number(values.kills)) return {};
  if (random() < 0.5) return { at: 1 + Math.floor(random() * MAX_OPERATIONS) };
  return { after: random() * duration * 1.2 };
}

/** Kills each new run at the next operation. A resumed run is not killed. */
function nextOperation() {
  return { at: resume ? 0 : kills + 1 };
}

/** Creates a seeded generator of random numbers from 0 to 1 (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
