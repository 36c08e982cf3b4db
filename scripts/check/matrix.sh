#!/usr/bin/env bash
# Tokenizes golden records with the packed packages in all runtimes and bundlers, and checks the packages with all type
# checkers. Prints a table.
#
#   scripts/check/matrix.sh CHROMIUM [--all]     --all: all combinations of module resolution and libraries
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "the runtimes of tests/matrix are for Linux on x64"
  exit 77 # skipped
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm --prefix tests/matrix ci --silent &
tools=$!
bash scripts/check/install-packed.sh "$folder"
wait $tools
node tests/matrix/run.js "$folder" "$@"
