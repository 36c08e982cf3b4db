#!/usr/bin/env node
// Installs the tokenizers that `npm run bench:tokenizer` compares with Bertie, into directories that git ignores:
//
//   node bench/tokenizer/install-peers.js
//
// Requires npm, Python with venv, and Rust. Tokenizers that cannot be installed are omitted from the comparison. If
// PYTHON is set, the packages of that Python are used, and none are installed.
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
  console.log(failed ? `${name}: omitted, because a command failed: ${failed.join(" ")}` : `${name}: installed`);
  if (failed) process.exitCode = 1;
}
