// The implementations to compare, and the commands that run them. The argument of a command is a job, a JSON object:
//
//   { implementation, vocab, json, language, corpus, passes, threads, hash }
//
// It loads the vocabulary (`vocab`, a vocab.txt, or `json`, the same as a tokenizer.json), reads `corpus` into memory,
// tokenizes it `passes` times and prints { seconds, tokens, sha256 }. Without `corpus`, it reads JSON arrays of texts
// from stdin, one per line, and prints an array of their ids for each.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rust = here("peers/rust/target/release/tokenizer-peers");
const driver = here("driver.js");
const deno = here("../../node_modules/.bin/deno");
export const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

const ownPython = here("peers/python/.venv/bin/python");
export const python = process.env.PYTHON ?? (existsSync(ownPython) ? ownPython : undefined);

/** The part of each corpus that slow implementations tokenize: its first 1 MB, approximately. */
export const SLICE = 1_000_000;

// `threads` is "own" if the library has its own threads, "parts" if the driver splits the corpus among workers or
// threads, and undefined if the implementation supports only one thread. `version` is undefined if the implementation
// is not installed.

const inNode = (key, label, module, implementation, more) => ({
  key,
  label,
  command: [process.execPath, driver],
  job: { module, implementation },
  threads: "parts",
  ...more,
});
const inPython = (key, label, implementation, more) => ({
  key,
  label,
  command: [python, here("peers/python/driver.py")],
  job: { implementation },
  language: "Python",
  version: pythonVersions()[more.package ?? key],
  ...more,
});
const inRust = (key, label, implementation, more) => ({
  key,
  label,
  command: [rust],
  job: { implementation },
  language: "Rust",
  threads: "parts",
  version: existsSync(rust) ? "" : undefined,
  ...more,
});

export function implementations() {
  const wasm = { isBertie: true, language: "WASM, Node", version: "" };
  const slow = { slice: SLICE };
  const fromNpm = (name) => ({ version: npmVersion(name), ...slow });
  return [
    inNode("bertie", "Bertie: UTF-8", "./bertie.js", "lines", wasm),
    inNode("bertie-offsets", "Bertie: UTF-8, with offsets", "./bertie.js", "offsets", wasm),
    inNode("bertie-pieces", "Bertie: UTF-8, in chunks", "./bertie.js", "linePieces", wasm),
    inNode("bertie-piece-offsets", "Bertie: UTF-8, in chunks, with offsets", "./bertie.js", "offsetPieces", wasm),
    inNode("bertie-strings", "Bertie: strings", "./bertie.js", "strings", wasm),
    inNode("bertie-padded", "Bertie: strings, padded batches", "./bertie.js", "padded", wasm),
    inNode("bertie-deno", "Bertie: UTF-8, in Deno", "./bertie.js", "lines", {
      ...wasm,
      command: [deno, "run", "--quiet", "--allow-all", driver],
      language: "WASM, Deno",
      threads: undefined,
      version: versionPrinted(deno)?.match(/[\d.]+/)?.[0],
    }),
    {
      ...inNode("bertie-chromium", "Bertie: UTF-8, in Chromium", "./bertie.js", "lines", wasm),
      command: [process.execPath, here("chromium.js")],
      language: "WASM, Chromium",
      threads: undefined,
      version: versionPrinted(chromium)?.match(/[\d.]+/)?.[0],
    },
    inRust("bertie-native", "Bertie, native: UTF-8", "bertie", { isBertie: true }),
    inRust("bertie-native-offsets", "Bertie, native: UTF-8, with offsets", "bertie-offsets", { isBertie: true }),
    inRust("limit", "limit: split and hash", "limit", { limit: true }),
    inRust("tokie", "tokie", "tokie", existsSync(rust) ? { version: cargoVersion("tokie") } : {}),
    inPython("nanotoken", "nanotoken", "nanotoken", { threads: "own" }),
    inPython("iree", "iree-tokenizer", "iree", { package: "iree-tokenizer", threads: "parts" }),
    inPython("blingfire", "BlingFire", "blingfire", { slice: 4 * SLICE }),
    inPython("hf-python", "HF tokenizers (Python)", "tokenizers", { package: "tokenizers", threads: "own", ...slow }),
    inNode("hf-npm", "HF tokenizers (npm)", "./peers/npm/implementations.js", "tokenizers", {
      ...fromNpm("tokenizers"),
      language: "native, Node",
      threads: "own",
    }),
    inNode("hf-js", "@huggingface/tokenizers", "./peers/npm/implementations.js", "huggingface", {
      ...fromNpm("@huggingface/tokenizers"),
      language: "JavaScript",
    }),
    inNode("kitoken", "kitoken", "./peers/npm/implementations.js", "kitoken", {
      ...fromNpm("kitoken"),
      language: "WASM, Node",
    }),
    inPython("reference", "the reference (Python)", "reference", {
      version: python && "pytorch-pretrained-bert 0.6.2",
      ...slow,
    }),
  ];
}

/**
 * Returns the environment for a job: the number of threads for libraries that have their own, and the reference's
 * wheels.
 */
export function environmentOf(job) {
  const threads = job.threads ?? 1;
  const wheels = here("peers/python/wheels");
  return {
    ...process.env,
    TOKENIZERS_PARALLELISM: String(threads > 1),
    RAYON_NUM_THREADS: String(threads),
    ...(existsSync(wheels) ? { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels } : {}),
  };
}

function npmVersion(name) {
  const manifest = here(`peers/npm/node_modules/${name}/package.json`);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

function cargoVersion(name) {
  const lock = readFileSync(here("peers/rust/Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]+)"`))?.[1];
}

let installed;
/** Returns the versions of the installed Python packages, by name. */
function pythonVersions() {
  const list =
    "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))";
  installed ??= python === undefined ? {} : JSON.parse(execFileSync(python, ["-c", list], { encoding: "utf8" }));
  return installed;
}

/** Returns a program's output for --version, or undefined if it is not installed. */
export function versionPrinted(program) {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}
