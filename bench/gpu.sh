#!/usr/bin/env bash
# All checks and measurements that need a GPU, in one command that needs no network; the table goes to stdout, what is
# going on to stderr. A part that is missing on the machine is named, and the rest goes on.
#
#   bash bench/gpu.sh                    all; a quarter of an hour at most on a GPU
#   bash bench/gpu.sh --quick            tiny models only: also for a GPU that is simulated
#   bash bench/gpu.sh --limit 120        seconds a command may take; larger ones are left out after one that took longer
#   PYTHON=… CHROMIUM=… BERTIE_NATIVE=… VK_ICD_FILENAMES=…   programs, folders and drivers to use
#
# Before, where there is a network: npm ci, and for CUDA npm run setup:native -- --gpu; for the comparison a Python with
# torch and transformers.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v node >/dev/null; then
  echo "node is missing: install Node 20.19 or later" >&2
  exit 2
fi
if [ ! -d node_modules ]; then
  echo "node_modules is missing: run npm ci, or bring the folder along" >&2
  exit 2
fi
node scripts/build.js --quiet
exec node bench/gpu/run.js "$@"
