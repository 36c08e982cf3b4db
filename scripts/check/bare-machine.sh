#!/usr/bin/env bash
# Runs npm scripts in a fresh clone of HEAD, in an environment with Node, npm and git, but without Rust, Python, a compiler or
# reference data.
#
#   scripts/check/bare-machine.sh start test    runs `npm ci && npm run start`, then `npm ci && npm run test`
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/home"

# PATH contains only these tools.
tools=(node npm npx git sh bash env)
tools+=(basename cat chmod cp cut date dirname grep head ln ls mkdir mktemp mv rm sed sort tail tee touch tr true uname wc)
for tool in "${tools[@]}"; do ln -s "$(command -v "$tool")" "$folder/bin/$tool"; done

# Keeps the variables for certificates, proxies and npm, which may be required to connect to a registry.
kept_variables=()
while IFS= read -r line; do kept_variables+=("$line"); done < <(env | grep -iE '^(NODE_EXTRA_CA_CERTS|SSL_CERT_|[a-z]+_proxy|npm_config_(cache|registry|userconfig))' || true)
bare() {
  env -i "${kept_variables[@]}" HOME="$folder/home" PATH="$folder/bin" LANG=C.UTF-8 NO_COLOR=1 CI=true "$@"
}

for tool in rustc cargo python3 cc gcc g++ make; do
  if bare sh -c "command -v $tool" >/dev/null; then
    echo "$tool is still on the PATH"
    exit 1
  fi
done

git clone --quiet . "$folder/bertie"
cd "$folder/bertie"
for script in "$@"; do
  echo "--- npm ci && npm $script"
  start=$SECONDS
  bare npm ci --no-audit --no-fund --loglevel=error
  bare npm run "$script"
  echo "--- npm ci && npm $script: $((SECONDS - start)) s"
done
