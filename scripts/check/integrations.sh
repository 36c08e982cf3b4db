#!/usr/bin/env bash
# Runs the tests of the integrations with Spark, Ray and PyTorch, each with packages of its own. An integration whose tools are
# not installed is skipped with a message; with CI=true it fails. Node computes the expected results, so the packages are built
# first.
set -uo pipefail
cd "$(dirname "$0")/../.."
scratch=${CHECK_SCRATCH:-$(mktemp -d)}/integrations
mkdir -p "$scratch"
export PYTHONDONTWRITEBYTECODE=1

versions=(hatchling==1.27.0 numpy==2.2.6 pyarrow==26.0.1 wasmtime==50.0.1 onnxruntime==1.32.0)

installed() { # name, packages…
  local name=$1 venv=$scratch/$1-venv
  shift
  python3 -m venv "$venv"
  local pip=("$venv/bin/pip" install --quiet --disable-pip-version-check)
  "${pip[@]}" "${versions[@]}" "$@"
  # Without an environment to build each package in, which takes longer than the tests of the package.
  "${pip[@]}" --no-build-isolation ./integrations/python "./integrations/$name"
}

test_spark() {
  installed spark pyspark==4.3.0 pandas==2.3.3
  "$scratch/spark-venv/bin/python" -m unittest discover integrations/python/tests
  "$scratch/spark-venv/bin/python" -m unittest discover integrations/spark/tests
}

test_ray() {
  installed ray "ray[data]==2.60.0"
  "$scratch/ray-venv/bin/python" -m unittest discover integrations/ray/tests
}

test_torch() { bash scripts/check/integrations/torch.sh; }

started=() passed=0 failed=0 skipped=0

start() { # integration, remedy, tools…
  local integration=$1 remedy=$2 tool
  shift 2
  for tool; do
    command -v "$tool" >/dev/null && continue
    echo "$integration: $tool is not installed: $remedy"
    if [ "${CI-}" = true ]; then failed=$((failed + 1)); else skipped=$((skipped + 1)); fi
    return
  done
  (set -e && "test_$integration") >"$scratch/$integration.log" 2>&1 &
  started+=("$integration:$!")
}

node scripts/build.js --quiet
start spark "run \`apt-get install openjdk-17-jre-headless python3-venv\`" java python3
start ray "run \`apt-get install python3-venv\`" python3
start torch "run \`apt-get install python3-pip\`" python3
for job in "${started[@]}"; do
  wait "${job#*:}"
  case $? in 0) passed=$((passed + 1)) ;; 77) skipped=$((skipped + 1)) ;; *) failed=$((failed + 1)) ;; esac
  echo "--- ${job%:*}"
  tail -n 40 "$scratch/${job%:*}.log"
done
echo "cases: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
