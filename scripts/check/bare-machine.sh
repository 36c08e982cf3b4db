#!/usr/bin/env bash
# A fresh clone of HEAD on a machine with Node, npm and git, but no Rust, Python, compiler or reference data.
#
#   scripts/check/bare-machine.sh start test    npm ci, npm start and npm test there; or one of the two
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/home"

# PATH leads to these tools and to nothing else.
tools=(node npm npx git sh bash env)
tools+=(basename cat chmod cp cut date dirname grep head ln ls mkdir mktemp mv rm sed sort tail tee touch tr true uname wc)
for tool in "${tools[@]}"; do ln -s "$(command -v "$tool")" "$folder/bin/$tool"; done

# Certificates, proxies and npm's own settings stay: they say how to reach a registry, not what the machine can do.
keep=()
while IFS= read -r line; do keep+=("$line"); done < <(env | grep -iE '^(NODE_EXTRA_CA_CERTS|SSL_CERT_|[a-z]+_proxy|npm_config_(cache|registry|userconfig))' || true)
bare() {
  env -i "${keep[@]}" HOME="$folder/home" PATH="$folder/bin" LANG=C.UTF-8 NO_COLOR=1 CI=true "$@"
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
