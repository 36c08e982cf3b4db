#!/usr/bin/env bash
# Packs the published packages and installs them as a user would, in an empty folder.
#
#   scripts/check/install-packed.sh FOLDER [PACKAGE…]     leaves FOLDER/*.tgz and FOLDER/user, with other packages if named
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
shift
node scripts/build.js --quiet
npm pack --workspaces --silent --pack-destination "$folder" >/dev/null
rm "$folder"/bertie-web-demo-*.tgz # a page, not a library

mkdir "$folder/user"
cd "$folder/user"
echo '{ "name": "user", "private": true, "type": "module" }' >package.json
# As in this repository: onnxruntime-node's install script is not run.
npm install --silent --no-audit --no-fund --ignore-scripts "$folder"/*.tgz "$@"
