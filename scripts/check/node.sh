#!/usr/bin/env bash
# Runs the built packages in plain Node, and fails if anything is written to stderr.
set -euo pipefail
node scripts/build.js --quiet
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
status=0
node tests/runtimes/node/smoke.js 2>"$errors" || status=$?
if [ -s "$errors" ]; then
  echo "stderr is not empty:"
  cat "$errors"
  status=1
fi
exit $status
