#!/usr/bin/env bash
# Type-checks the programs of examples/ with the packed packages, and runs them in Node, Deno and Chromium.
#
#   scripts/check/examples.sh CHROMIUM
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
chromium=$1
tools=$root/node_modules/.bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
web=$(node -p 'require("./package.json").devDependencies["onnxruntime-web"]')
bash scripts/check/install-packed.sh "$folder" "onnxruntime-web@$web"

cp -r examples "$folder/user/examples"
cd "$folder/user"
programs=(examples/classify.ts examples/train.ts examples/tokenize-stream.ts)
pages=(examples/browser.ts examples/web-worker/page.ts examples/web-worker/worker.ts examples/electron-like/page.ts)
streams=(examples/stream/main.ts examples/stream/hash-ids.ts)
offline=(examples/web-page/page.ts examples/web-page/worker.ts)

echo "--- types"
strict=(--noEmit --strict --allowImportingTsExtensions --target es2023 --types node --typeRoots "$root/node_modules/@types")
"$tools/tsc" "${strict[@]}" --module nodenext --moduleResolution nodenext "${programs[@]}" "${pages[@]}" "${streams[@]}" examples/stream/page.ts "${offline[@]}"
"$tools/tsc" "${strict[@]}" --module esnext --moduleResolution bundler "${programs[@]}" "${pages[@]}" "${streams[@]}" examples/stream/page.ts "${offline[@]}"
"$tools/deno" check --quiet "${programs[@]}" "${streams[@]}" examples/deno.ts

echo "--- programs"
"$tools/esbuild" "${programs[@]}" --format=esm --outdir=examples/dist --log-level=warning
"$tools/esbuild" "${pages[@]}" --bundle --format=esm --outbase=examples --outdir=examples/dist --log-level=warning
"$tools/esbuild" "${offline[@]}" --bundle --format=esm --outdir=site --log-level=warning
"$tools/esbuild" "${streams[@]}" --bundle --packages=external --platform=node --format=esm --outdir=examples/dist/stream --log-level=warning
"$tools/esbuild" examples/stream/page.ts @bertie/tokenizer-wasm/line-worker --bundle --format=esm --entry-names=[name] \
  --outdir=examples/dist/stream --log-level=warning
cp examples/web-page/{index.html,service-worker.js} node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.{mjs,wasm} site/
cp -r "$root/scripts/check/browser-training" .
training=(browser-training/page.js browser-training/worker.js)
"$tools/esbuild" "${training[@]}" --bundle --format=esm --outdir=browser-training/dist --log-level=warning
node "$root/scripts/check/examples.js" "$PWD" "$chromium"
