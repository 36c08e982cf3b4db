// Repeats tokenization and training with injected failures for a given time, and counts the failures after each round.
// `npm run soak` builds the packages first.
//
//   npm run soak -- [--minutes 10] [--engines onnx,reference] [--seed 1]
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ROOT } from "./tiny-run.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    engines: { type: "string", default: "onnx,reference" },
    seed: { type: "string", default: "1" },
  },
});
const engines = values.engines.split(",");
const errors = ["ENOSPC", "EIO", "EACCES"];
const end = performance.now() + Number(values.minutes) * 60_000;
const counts = { kills: 0, failed_operations: 0, killed_tokenizations: 0, faults: 0 };

/** Runs a program, optionally kills it after some milliseconds, and returns its exit code, signal and output. */
async function start(args, { killAfter } = {}) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  if (killAfter !== undefined) {
    await Promise.race([ended, wait(killAfter)]);
    child.kill("SIGKILL");
  }
  return { ...(await ended), output: output.trimEnd() };
}

function report(violations) {
  counts.faults += violations.length;
  for (const violation of violations) console.log(violation);
}

/** Runs another program of this directory, reports its violations, and returns the summary on its last line. */
async function runProgram(name, ...args) {
  const { output } = await start([join(ROOT, "tests/faults", name), ...args]);
  const lines = output.split("\n");
  const summary = lines.pop();
  if (!summary.startsWith("{")) throw new Error(`${name}: ${output}`);
  report(lines);
  return JSON.parse(summary);
}

/** Kills `bertie tokenize` after different times, and checks that its output is either complete or missing. */
async function killTokenizations(round) {
  const folder = mkdtempSync(join(tmpdir(), "bertie-soak-"));
  const corpus = join(folder, "corpus.txt");
  writeFileSync(corpus, "很好，酒店服务好 room\n".repeat(200_000));
  const vocab = join(ROOT, "tests/cli/fixtures/vocab.txt");
  const command = [join(ROOT, "packages/cli/dist/main.js"), "tokenize", corpus, "--vocab-file", vocab, "--output"];
  const before = performance.now();
  const whole = join(folder, "whole.bin");
  const reference = await start([...command, whole]);
  if (reference.code !== 0) throw new Error(reference.output);
  const duration = performance.now() - before;
  for (let i = 1; i <= 5; i++) {
    const output = join(folder, "out.bin");
    const { signal } = await start([...command, output], { killAfter: (duration * (i + (round % 10) / 10)) / 6 });
    if (signal === "SIGKILL") counts.killed_tokenizations++;
    if (existsSync(output) && !readFileSync(output).equals(readFileSync(whole))) report([`${output} is incomplete`]);
    for (const name of readdirSync(folder).filter((name) => name.startsWith("out."))) rmSync(join(folder, name));
  }
  rmSync(folder, { recursive: true, force: true });
}

for (let round = 0; performance.now() < end; round++) {
  const engine = engines[round % engines.length];
  const seed = String(Number(values.seed) + round);
  counts.kills += (await runProgram("kills.js", "--kills", "10", "--engine", engine, "--seed", seed)).kills;
  const selection = ["--errors", errors[round % errors.length], "--from", String(1 + (round % 17)), "--every", "17"];
  counts.failed_operations += (await runProgram("every-operation.js", "--engine", engine, ...selection)).failed;
  await killTokenizations(round);
  console.log(JSON.stringify({ round: round + 1, ...counts }));
}
process.exitCode = counts.faults === 0 ? 0 : 1;
