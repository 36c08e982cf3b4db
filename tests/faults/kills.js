// Kills tiny runs with SIGKILL, at a random file operation or at a random moment, and resumes each until it is done; with
// --in-order at the first operation, the second, and so on to the last, each in a run of its own.
//
//   node tests/faults/kills.js [--kills 200 | --in-order] [--engine onnx] [--seed 1]
//
// Prints what did not go as it must, and a line that counts.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { damagesOf, outcomeOf, ROOT, tinyRun } from "./tiny-run.js";

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
/** More than a run has. */
const OPERATIONS = 700;
const folder = mkdtempSync(join(tmpdir(), "bertie-kills-"));
const run = join(folder, "run");
const inOrder = values["in-order"];
const options = [...tinyRun(folder, { engine: values.engine, epochs: inOrder ? 1.5 : 4 }), "--output-dir", run];
const random = generator(Number(values.seed));
const found = [];

/** Runs the command; killed at an operation, or after some milliseconds, if it comes to that. */
async function bertie({ at = 0, after, resume }) {
  const fault = JSON.stringify({ under: run, at, what: "SIGKILL" });
  const child = spawn(process.execPath, ["--import", INJECT, MAIN, ...options, ...(resume ? ["--resume"] : [])], {
    env: { ...process.env, BERTIE_FAULT: fault },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  if (after !== undefined) {
    await Promise.race([ended, wait(after)]);
    child.kill("SIGKILL");
  }
  return { ...(await ended), line: said.trimEnd().split("\n").at(-1) };
}

const start = performance.now();
const undisturbed = await bertie({});
if (undisturbed.code !== 0) throw new Error(undisturbed.line);
const duration = performance.now() - start;
const expected = outcomeOf(run);
rmSync(run, { recursive: true });

let kills = 0;
let runs = 0;
let resume = false;
for (let done = false; !done; ) {
  const { code, signal, line } = await bertie({ ...(inOrder ? next() : anywhere()), resume });
  found.push(...damagesOf(run));
  if (signal === "SIGKILL") {
    kills++;
    resume = true;
    continue;
  }
  runs++;
  // The first run that was to be killed and was not had no such operation.
  done = inOrder ? !resume : kills >= Number(values.kills);
  if (code !== 0) found.push(`exit ${code}: ${line}`);
  else if (outcomeOf(run) !== expected) found.push("another outcome");
  if (existsSync(`${run}.unfinished`)) found.push("something is left");
  for (const path of [run, `${run}.unfinished`]) rmSync(path, { recursive: true, force: true });
  resume = false;
}
for (const fault of found) console.log(fault);
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ engine: values.engine, kills, runs_completed: runs, faults: found.length }));
process.exitCode = found.length === 0 ? 0 : 1;

/** Where to kill a run: at a random operation, or after a random time; once there are enough kills, not at all. */
function anywhere() {
  if (kills >= Number(values.kills)) return {};
  if (random() < 0.5) return { at: 1 + Math.floor(random() * OPERATIONS) };
  return { after: random() * duration * 1.2 };
}

/** At each operation in turn; a run that goes on is left alone. */
function next() {
  return { at: resume ? 0 : kills + 1 };
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
