#!/usr/bin/env bash
# Runs the examples in the documents, so that none of them lies, from the root of the repository.
#
# A block marked ```ts, here or in a docstring, is type-checked and run by Deno; ```ts ignore is for reading.
# A block marked ```sh run is run by bash; other ```sh blocks are for reading.
set -euo pipefail
cd "$(dirname "$0")/../.."
node scripts/build.js --quiet

mapfile -t documents < <(git ls-files '*.md')
mapfile -t sources < <(git grep -lE '^ *\* ```ts *$' -- 'packages/*/src/*.ts')
mapfile -t examples < <(grep -lE '^```ts *$' "${documents[@]}")
[ ${#examples[@]} = 0 ] && [ ${#sources[@]} = 0 ] || npx deno test --doc --allow-all "${examples[@]}" "${sources[@]}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ran=0 failed=0
for document in "${documents[@]}"; do
  rm -f "$scratch"/*
  # One file a block, named by its first line.
  awk -v out="$scratch" '/^```/ { if (file) { close(file); file = "" } else if (/^```sh run *$/) file = out "/" NR + 1; next } file { print > file }' "$document"
  for block in $(ls "$scratch" | sort -n); do
    ran=$((ran + 1))
    if bash -euo pipefail "$scratch/$block" </dev/null; then
      echo "ok      $document:$block"
    else
      echo "FAILED  $document:$block"
      failed=$((failed + 1))
    fi
  done
done
echo "cases: $((ran - failed)) passed, $failed failed"
[ $failed = 0 ]
