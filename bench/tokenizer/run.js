#!/usr/bin/env node
// Compares Bertie's tokenizer with others. Writes docs/performance/tokenization.md and .svg.
//
//   node bench/tokenizer/install-peers.js                  (once)
//   BERTIE_REFERENCE_DATA=… npm run bench:tokenizer        (PYTHON and CHROMIUM override the programs used)
//
//   --rounds N          number of rounds (default: 3)
//   --only a,b          run only these implementations, and print the page instead of writing it
//   --quick             run one round, skip the differences, and print the page instead of writing it
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chart } from "./chart.js";
import { findCorpora, languages, makeScratch, vocabularyFiles } from "./data.js";
import { differences, isPeer } from "./differences.js";
import { chromium, implementations, python, versionPrinted } from "./implementations.js";
import { measure } from "./measure.js";
import { withReferenceIds } from "./reference-ids.js";
import { report } from "./report.js";
import { startUp } from "./start-up.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const started = performance.now();
const log = (line) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);

// Rebuild the Rust implementations if Bertie's crate has changed since they were installed.
if (existsSync(here("peers/rust/target/release"))) {
  const build = ["build", "--release", "--quiet", "--manifest-path", here("peers/rust/Cargo.toml")];
  if (spawnSync("cargo", build, { stdio: "inherit" }).status !== 0) process.exit(1);
}

const scratch = makeScratch();
const corpora = await Promise.all(
  findCorpora().map((corpus) => withReferenceIds(corpus, vocabularyFiles(scratch, corpus.language))),
);
const wanted = implementations().filter(({ key }) => values.only === undefined || values.only.split(",").includes(key));
const present = wanted.filter(({ version }) => version !== undefined);
const absent = wanted.filter(({ version }) => version === undefined);
for (const { label } of absent)
  log(`${label} is not installed and will be skipped. To install it, run node bench/tokenizer/install-peers.js.`);
const load = loadavg()[0].toFixed(1);
log(`load average before the benchmark: ${load}`);

const rounds = values.quick ? 1 : Number(values.rounds);
const results = await measure({ scratch, implementations: present, corpora, rounds, log });
const starts = startUp(languages.map((language) => vocabularyFiles(scratch, language).vocab));
const differing = values.quick
  ? undefined
  : await differences({ scratch, peers: present.filter(isPeer), corpora, log });

const versionOf = (program) => versionPrinted(program)?.match(/\d[\w.]+/)?.[0];
const programs = {
  Node: process.versions.node,
  Chromium: versionOf(chromium),
  Deno: versionOf(here("../../node_modules/.bin/deno")),
  Python: python && versionOf(python),
  rustc: versionOf("rustc"),
};
const names = Object.entries(programs).filter(([, version]) => version !== undefined);
const peers = present.filter(({ isBertie, version }) => !isBertie && version);
const sizes = corpora.map(({ name, label, bytes }) => `${name} (${label}, ${(bytes.length / 1e6).toFixed(1)} MB)`);
const page = report({
  machine: `${cpus()[0].model}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, load average ${load} before the benchmark; ${rounds} rounds, interleaved.
${names.map(([name, version]) => `${name} ${version}`).join(", ")}; ${new Date().toISOString().slice(0, 10)}.`,
  versions: `${peers.map(({ label, version }) => `${label} ${version}`).join(", ")}.${
    absent.length > 0 ? `\nNot installed, and omitted: ${absent.map(({ label }) => label).join(", ")}.` : ""
  }`,
  corpora,
  sizes,
  implementations: present,
  results,
  startUp: starts,
  differences: differing,
});
if (values.quick || values.only !== undefined) {
  console.log(page);
} else {
  writeFileSync(here("../../docs/performance/tokenization.md"), page);
  writeFileSync(here("../../docs/performance/tokenization.svg"), chart({ implementations: present, corpora, results }));
  log("wrote docs/performance/tokenization.md and docs/performance/tokenization.svg");
}
