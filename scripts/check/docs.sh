#!/usr/bin/env bash
# Runs the examples in docstrings, all code blocks of the documents, and checks their links.
set -euo pipefail
cd "$(dirname "$0")/../.."
node scripts/build.js --quiet

mapfile -t sources < <(git grep -lE '^ *\* ```ts *$' -- 'packages/*/src/*.ts')
[ ${#sources[@]} = 0 ] || npx deno test --doc --allow-all "${sources[@]}"
node scripts/check/links.js
node scripts/check/documents.js
