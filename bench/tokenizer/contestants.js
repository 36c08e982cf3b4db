// Who takes part, and how each is asked. A contestant is a program that takes a job, a JSON object, as its argument:
//
//   { contestant, vocab, json, language, corpus, passes, threads, hash }
//
// It loads the vocabulary (`vocab`, a vocab.txt, or `json`, the same as a tokenizer.json), reads `corpus` into memory,
// tokenizes it `passes` times and prints { seconds, tokens, sha256 }. Without `corpus` it reads JSON arrays of texts from
// stdin, a line each, and answers each with a line: an array of their ids.
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

/** What the slow ones read: about 1 MB from the beginning of each corpus. */
export const SLICE = 1_000_000;

/**
 * `threads`: how it comes by two: by itself, with "parts" of the corpus in workers or threads of the driver, or not at all.
 * `version`: undefined where it is not installed.
 */
const inNode = (key, label, module, contestant, more) => ({
  key,
  label,
  command: [process.execPath, driver],
  job: { module, contestant },
  threads: "parts",
  ...more,
});
const inPython = (key, label, contestant, more) => ({
  key,
  label,
  command: [python, here("peers/python/driver.py")],
  job: { contestant },
  language: "Python",
  version: pythonVersions()[more.package ?? key],
  ...more,
});
const inRust = (key, label, contestant, more) => ({
  key,
  label,
  command: [rust],
  job: { contestant },
  language: "Rust",
  threads: "parts",
  version: existsSync(rust) ? "" : undefined,
  ...more,
});

export function contestants() {
  const wasm = { ours: true, language: "WASM, Node", version: "" };
  const slow = { slice: SLICE };
  const fromNpm = (name) => ({ version: npmVersion(name), ...slow });
  return [
    inNode("bertie", "Bertie: UTF-8", "./bertie.js", "lines", wasm),
    inNode("bertie-offsets", "Bertie: UTF-8, with offsets", "./bertie.js", "offsets", wasm),
    inNode("bertie-pieces", "Bertie: UTF-8, piece by piece", "./bertie.js", "linePieces", wasm),
    inNode("bertie-piece-offsets", "Bertie: UTF-8, piece by piece, with offsets", "./bertie.js", "offsetPieces", wasm),
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
    inRust("bertie-native", "Bertie, native: UTF-8", "bertie", { ours: true }),
    inRust("bertie-native-offsets", "Bertie, native: UTF-8, with offsets", "bertie-offsets", { ours: true }),
    inRust("limit", "limit: split and hash", "limit", { limit: true }),
    inRust("tokie", "tokie", "tokie", existsSync(rust) ? { version: cargoVersion("tokie") } : {}),
    inPython("nanotoken", "nanotoken", "nanotoken", { threads: "own" }),
    inPython("iree", "iree-tokenizer", "iree", { package: "iree-tokenizer", threads: "parts" }),
    inPython("blingfire", "BlingFire", "blingfire", { slice: 4 * SLICE }),
    inPython("hf-python", "HF tokenizers (Python)", "tokenizers", { package: "tokenizers", threads: "own", ...slow }),
    inNode("hf-npm", "HF tokenizers (npm)", "./peers/npm/contestants.js", "tokenizers", {
      ...fromNpm("tokenizers"),
      language: "native, Node",
      threads: "own",
    }),
    inNode("hf-js", "@huggingface/tokenizers", "./peers/npm/contestants.js", "huggingface", {
      ...fromNpm("@huggingface/tokenizers"),
      language: "JavaScript",
    }),
    inNode("kitoken", "kitoken", "./peers/npm/contestants.js", "kitoken", {
      ...fromNpm("kitoken"),
      language: "WASM, Node",
    }),
    inPython("reference", "the reference (Python)", "reference", {
      version: python && "pytorch-pretrained-bert 0.6.2",
      ...slow,
    }),
  ];
}

/** Environment for a job: how many threads libraries with threads of their own may use, and where the reference lies. */
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

let found;
/** The versions of Python's packages, by name. */
function pythonVersions() {
  const list =
    "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))";
  found ??= python === undefined ? {} : JSON.parse(execFileSync(python, ["-c", list], { encoding: "utf8" }));
  return found;
}

/** What a program says to --version; undefined where it is not there. */
export function versionPrinted(program) {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}
