#!/usr/bin/env node
// Installs the Python packages that `npm run bench:training` compares Bertie with, into a virtual environment ignored
// by git:
//
//   node bench/training/install-peers.js
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const venv = here("peers/python/.venv");
const steps = [
  ["python3", "-m", "venv", venv],
  [`${venv}/bin/python`, "-m", "pip", "install", "--quiet", "--requirement", here("peers/python/requirements.txt")],
];
for (const [command, ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
