#!/usr/bin/env bash
# Checks the packed packages: the files in each tarball, then the runtime suite with the installed tarballs.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash scripts/check/install-packed.sh "$folder"

status=0
for tarball in "$folder"/*.tgz; do
  echo "$(basename "$tarball"): $(du -k "$tarball" | cut -f1) kB"
  node scripts/check/tarball.js "$tarball" || status=1
done

cp -r tests/runtimes "$folder/user/runtimes"
cd "$folder/user"
npx --no-install bertie --version
echo "--- Node"
node runtimes/node/smoke.js "$root" 2>"$folder/stderr" || status=1
echo "--- Deno"
"$root/node_modules/.bin/deno" run --allow-all runtimes/node/smoke.js "$root" 2>>"$folder/stderr" || status=1
if [ -s "$folder/stderr" ]; then
  echo "stderr is not empty:"
  cat "$folder/stderr"
  status=1
fi
exit $status
