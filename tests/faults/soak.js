// Tokenizes and trains for a set time with faults injected, and prints what it survived. `npm run soak` builds first.
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
const survived = { kills: 0, failed_operations: 0, killed_tokenizations: 0, faults: 0 };

/** Runs a program; what it printed, and whether it was killed. */
async function start(args, { killAfter } = {}) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      said += text;
    });
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  if (killAfter !== undefined) {
    await Promise.race([ended, wait(killAfter)]);
    child.kill("SIGKILL");
  }
  return { ...(await ended), said: said.trimEnd() };
}

function report(faults) {
  survived.faults += faults.length;
  for (const fault of faults) console.log(fault);
}

/** One of the programs beside this one, whose last line counts. */
async function programs(name, ...args) {
  const { said } = await start([join(ROOT, "tests/faults", name), ...args]);
  const lines = said.split("\n");
  const summary = lines.pop();
  if (!summary.startsWith("{")) throw new Error(`${name}: ${said}`);
  report(lines);
  return JSON.parse(summary);
}

/** Kills `bertie tokenize` at different moments: its output is whole, or not there. */
async function tokenize(round) {
  const folder = mkdtempSync(join(tmpdir(), "bertie-soak-"));
  const corpus = join(folder, "corpus.txt");
  writeFileSync(corpus, "很好，酒店服务好 room\n".repeat(200_000));
  const vocab = join(ROOT, "tests/cli/fixtures/vocab.txt");
  const command = [join(ROOT, "packages/cli/dist/main.js"), "tokenize", corpus, "--vocab-file", vocab, "--output"];
  const before = performance.now();
  const whole = join(folder, "whole.bin");
  const { code, said } = await start([...command, whole]);
  if (code !== 0) throw new Error(said);
  const duration = performance.now() - before;
  for (let i = 1; i <= 5; i++) {
    const output = join(folder, "out.bin");
    const { signal } = await start([...command, output], { killAfter: (duration * (i + (round % 10) / 10)) / 6 });
    if (signal === "SIGKILL") survived.killed_tokenizations++;
    if (existsSync(output) && !readFileSync(output).equals(readFileSync(whole))) report([`${output} is not whole`]);
    for (const name of readdirSync(folder).filter((name) => name.startsWith("out."))) rmSync(join(folder, name));
  }
  rmSync(folder, { recursive: true, force: true });
}

for (let round = 0; performance.now() < end; round++) {
  const engine = engines[round % engines.length];
  const seed = String(Number(values.seed) + round);
  survived.kills += (await programs("kills.js", "--kills", "10", "--engine", engine, "--seed", seed)).kills;
  const which = ["--errors", errors[round % errors.length], "--from", String(1 + (round % 17)), "--every", "17"];
  survived.failed_operations += (await programs("every-operation.js", "--engine", engine, ...which)).failed;
  await tokenize(round);
  console.log(JSON.stringify({ round: round + 1, ...survived }));
}
process.exitCode = survived.faults === 0 ? 0 : 1;
