#!/usr/bin/env bash
# The packages as users get them: packed, judged, installed in an empty folder, found by their names and run.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node scripts/build.js --quiet
npm pack --workspaces --silent --pack-destination "$folder" >/dev/null
rm "$folder"/bertie-web-demo-*.tgz # a page, not a library

faults=0
for tarball in "$folder"/*.tgz; do
  echo "$(basename "$tarball"): $(du -k "$tarball" | cut -f1) kB"
  node scripts/check/tarball.js "$tarball" || faults=1
done

mkdir "$folder/user"
cp -r tests/runtimes "$folder/user/runtimes"
cd "$folder/user"
echo '{ "name": "user", "private": true, "type": "module" }' >package.json
# As in this repository: onnxruntime-node's install script is not run.
npm install --silent --no-audit --no-fund --ignore-scripts "$folder"/*.tgz

npx --no-install bertie --version
echo "--- Node"
node runtimes/node/smoke.js "$root" 2>"$folder/stderr" || faults=1
echo "--- Deno"
"$root/node_modules/.bin/deno" run --allow-all runtimes/node/smoke.js "$root" 2>>"$folder/stderr" || faults=1
if [ -s "$folder/stderr" ]; then
  echo "stderr is not empty:"
  cat "$folder/stderr"
  faults=1
fi
exit $faults
