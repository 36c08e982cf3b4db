#!/usr/bin/env bash
# Runs all checks and measurements that need a GPU, without a network. Prints a report to stdout and progress to stderr.
# The report lists everything that is missing on the machine. The remaining checks still run.
#
#   bash bench/gpu.sh                    all checks (up to 15 minutes on a GPU)
#   bash bench/gpu.sh --quick            tiny models only; also suitable for a simulated GPU
#   bash bench/gpu.sh --limit 120        time limit per command in seconds; if a command exceeds the limit, larger models
#                                        are skipped
#   PYTHON=… CHROMIUM=… BERTIE_NATIVE=… VK_ICD_FILENAMES=…   paths of programs, folders and drivers
#
# Preparation, with a network: npm ci; for CUDA, npm run setup:native -- --gpu; for the comparison with PyTorch, a Python
# with torch and transformers.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v node >/dev/null; then
  echo "bench/gpu.sh: node was not found. Install Node 20.19 or later." >&2
  exit 2
fi
if [ ! -d node_modules ]; then
  echo "bench/gpu.sh: node_modules is missing. Run npm ci, or copy the folder from a machine with a network." >&2
  exit 2
fi
node scripts/build.js --quiet
exec node bench/gpu/run.js "$@"
