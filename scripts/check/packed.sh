#!/usr/bin/env bash
# The packages as users get them: packed, linted, installed in an empty folder, imported by name and run.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm run --silent build
npm pack --workspaces --silent --pack-destination "$folder" >/dev/null

for tarball in "$folder"/*.tgz; do
  name=$(basename "$tarball" .tgz)
  node scripts/check/tarball.js "$tarball"
  echo "ok      $name: $(du -k "$tarball" | cut -f1) kB"
done

mkdir -p "$folder/user"
cp -r tests/runtimes "$folder/user/runtimes"
cd "$folder/user"
echo '{ "name": "user", "private": true, "type": "module" }' >package.json
ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund "$folder"/*.tgz
errors=$folder/stderr
root=$OLDPWD
node runtimes/node/smoke.js "$root" 2>"$errors"
[ ! -s "$errors" ] || { echo "stderr is not empty:"; cat "$errors"; exit 1; }
npx --no-install bertie --help >/dev/null
