#!/usr/bin/env node
// Installs what `npm run bench:tokenizer` compares Bertie with, into folders that git ignores:
//
//   node bench/tokenizer/install-peers.js          (with PYTHON, that Python's packages are used as they are)
//
// Needs npm, Python with venv, and Rust. What cannot be installed is left out of the comparison.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const venv = here("peers/python/.venv");
const python = process.env.PYTHON ?? `${venv}/bin/python`;
const pip = ["-m", "pip", "--disable-pip-version-check"];

const parts = {
  npm: [["npm", "ci", "--no-audit", "--no-fund", "--prefix", here("peers/npm")]],
  Python: [
    ...(process.env.PYTHON === undefined
      ? [
          ["python3", "-m", "venv", venv],
          [python, ...pip, "install", "--quiet", "--requirement", here("peers/python/requirements.txt")],
        ]
      : []),
    [
      python,
      ...pip,
      "download",
      "--quiet",
      "--no-deps",
      "--dest",
      here("peers/python/wheels"),
      "pytorch-pretrained-bert==0.6.2",
    ],
  ],
  Rust: [["cargo", "build", "--release", "--manifest-path", here("peers/rust/Cargo.toml")]],
};

for (const [name, commands] of Object.entries(parts)) {
  const failed = commands.find(([command, ...args]) => spawnSync(command, args, { stdio: "inherit" }).status !== 0);
  console.log(failed ? `${name}: left out, as this failed: ${failed.join(" ")}` : `${name}: ready`);
  if (failed) process.exitCode = 1;
}
