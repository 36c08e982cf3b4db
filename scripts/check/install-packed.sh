#!/usr/bin/env bash
# Packs the published packages to FOLDER/*.tgz, and installs them in the new project FOLDER/user, with further packages if named.
#
#   scripts/check/install-packed.sh FOLDER [PACKAGE…]
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
shift
node scripts/build.js --quiet
mapfile -t published < <(ls -d ./packages/* | grep -v web-demo)
npm pack "${published[@]}" --silent --pack-destination "$folder" >/dev/null

mkdir "$folder/user"
cd "$folder/user"
echo '{ "name": "user", "private": true, "type": "module" }' >package.json
# As in this repository, onnxruntime-node's install script is not run.
npm install --silent --no-audit --no-fund --ignore-scripts "$folder"/*.tgz "$@"
