#!/usr/bin/env bash
# Validates the manifests in integrations/kubernetes, and the Jobs that `bertie sweep --emit k8s` writes, against the schemas of
# Kubernetes. Needs python3, and installs the package kubernetes-validate in a temporary environment:
#   bash scripts/check/kubernetes.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet kubernetes-validate==1.37.0
node scripts/build.js --quiet
cat > "$work/search.toml" <<'END'
[run]
model = "model"
train-file = ["table.csv"]
threads = 2
[grid]
seed = [1, 2, 3]
END
printf 'text,label\na,1\n' > "$work/table.csv"
root=$PWD
(cd "$work" && node "$root/packages/cli/dist/main.js" sweep search.toml --emit k8s --output-dir jobs)
for version in 1.31 1.37; do
  "$work/venv/bin/kubernetes-validate" --strict --kubernetes-version "$version" integrations/kubernetes/*.yaml "$work"/jobs/*.yaml
done
