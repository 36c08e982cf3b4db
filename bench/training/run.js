#!/usr/bin/env node
// Compares training and inference with other implementations. Writes docs/performance/training.md and .svg.
//
//   npm run setup:native; node bench/training/install-peers.js      once
//   npm run bench:training                                          (PYTHON, CHROMIUM: paths of the programs)
//
//   --rounds 3          number of rounds
//   --run-rounds 3      number of rounds of complete runs, which take minutes (default: --rounds)
//   --only a,b          run only these implementations (*)
//   --cases "a;b"       run only cases whose names contain one of these texts (*)
//   --quick             run only a step of the small model, and compare it with PyTorch (*)
//   --write             write the page even with one of the options above
//   --bf16              measure bf16 even if the CPU has no instructions for it
//   --lengths 128,64    maximum numbers of tokens per text in complete runs
//
//   (*) prints the page instead of writing it
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { argumentsOf, cases, nameOf } from "./cases.js";
import { chart } from "./chart.js";
import { implementations, runs } from "./implementations.js";
import { alternate, run } from "./measure.js";
import { report } from "./report.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    "run-rounds": { type: "string" },
    only: { type: "string" },
    cases: { type: "string" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    bf16: { type: "boolean", default: false },
    lengths: { type: "string", default: "128,64" },
  },
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const started = performance.now();
const log = (line) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const load = loadavg()[0].toFixed(1);
log(`load average before the benchmark: ${load}`);

const isWanted = ({ key }) => values.only === undefined || values.only.split(",").includes(key);
const isQuick = ({ key, isBound }) => key !== "tfjs" && key !== "torch-compile" && !isBound;
const wanted = implementations.filter(
  (implementation) => isWanted(implementation) && (!values.quick || isQuick(implementation)),
);
const present = wanted.filter(({ version }) => version !== undefined);
const absent = wanted.filter(({ version, isBound }) => version === undefined && !isBound);
for (const { label, get } of absent)
  log(`${label} is not installed and will be skipped. To install it: ${get ?? "install Chromium"}`);

const hasBf16 = readFileSync("/proc/cpuinfo", "utf8").includes("avx512_bf16");
const precisions = hasBf16 || values.bf16 ? ["fp32", "bf16"] : ["fp32"];
if (precisions.length === 1)
  log("This CPU has no bf16 instructions, so bf16 is skipped. To measure bf16 anyway, use --bf16.");

const all = cases({ precisions, threads: [2, 1], sizes: ["small", "base"] });
const parts = values.quick ? ["step, small, fp32, 2 threads"] : values.cases?.split(";");
const chosen = all.filter((each) => parts === undefined || parts.some((part) => nameOf(each).includes(part)));
const rounds = Number(values.rounds);
const runRounds = Number(values["run-rounds"] ?? rounds);

const scratch = mkdtempSync(join(tmpdir(), "bench-training-"));
// In the first round, torch.compile finds nothing in its cache. In later rounds, it compiles less.
process.env.TORCHINDUCTOR_CACHE_DIR = join(scratch, "torchinductor");
const results = new Map();
for (const each of chosen) {
  const warmups = new Map();
  const takers = present.filter(({ takes }) => takes(each));
  const figures = await alternate(takers, rounds, async ({ key, command }) => {
    const figure = JSON.parse((await run(command(argumentsOf(each)))).trim().split("\n").at(-1));
    log(`${nameOf(each)}: ${key} ${figure.median_ms.toFixed(0)} ms, ${figure.peak_rss_mb?.toFixed(0)} MB`);
    if (!warmups.has(key)) warmups.set(key, figure.warmup_s);
    return { milliseconds: figure.median_ms, megabytes: figure.peak_rss_mb ?? Number.NaN };
  });
  for (const [key, figure] of figures) figure.warmup = warmups.get(key);
  results.set(nameOf(each), figures);
}

const completeRuns = [];
if (parts === undefined || parts.some((part) => "run".includes(part)))
  for (const length of values.lengths.split(",").map(Number)) completeRuns.push(await measureRuns(length));
rmSync(scratch, { recursive: true });

async function measureRuns(length) {
  const entries = runs({ length, precisions, scratch });
  const figures = await alternate(entries, runRounds, async ({ key, command, accuracyOf }) => {
    const before = performance.now();
    const stdout = await run(command);
    const seconds = (performance.now() - before) / 1000;
    const accuracy = accuracyOf(stdout);
    log(`run, ${length} tokens: ${key} ${seconds.toFixed(1)} s, accuracy ${accuracy}`);
    return { seconds, accuracy };
  });
  return { length, entries, figures };
}

const page = report({
  machine: `${cpus()[0].model}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${
    hasBf16 ? "with" : "without"
  } bf16 instructions, load average ${load} before the benchmark. ${rounds} rounds (complete runs: ${runRounds}), alternating.
Node ${process.versions.node}; ${new Date().toISOString().slice(0, 10)}.`,
  peers: present.filter(({ version }) => version !== ""),
  absent,
  implementations: present,
  cases: chosen,
  results,
  completeRuns,
});
const isPartial = values.quick || values.only !== undefined || values.cases !== undefined;
if (isPartial && !values.write) {
  console.log(page);
} else {
  writeFileSync(here("../../docs/performance/training.md"), page);
  writeFileSync(here("../../docs/performance/training.svg"), chart({ implementations: present, results }));
  log("wrote docs/performance/training.md and docs/performance/training.svg");
}
