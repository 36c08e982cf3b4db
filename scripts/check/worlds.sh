#!/usr/bin/env bash
# Runs the tests of the tokenizer in Python, Go and on the JVM, at the same time. A language whose tools are not installed is
# skipped with a message; with CI=true it fails.
set -uo pipefail
cd "$(dirname "$0")/../../examples"
scratch=${CHECK_SCRATCH:-$(mktemp -d)}/worlds
mkdir -p "$scratch"
package=$PWD/../packages/tokenizer-wasm

test_python() {
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement python/requirements.txt
  cd python && PYTHONPYCACHEPREFIX=$scratch/pycache "$scratch/venv/bin/python" -m unittest
}

test_go() {
  cd go
  [ -z "$(gofmt -l .)" ] || { echo "run \`gofmt -w examples/go\`"; return 1; }
  # Results are not cached, because the cache does not notice changes of the module.
  go vet ./... && go test -count=1 ./...
}

test_jvm() {
  cd jvm
  mvn --quiet --batch-mode -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory="$scratch/lib"
  javac -Xlint:all -Werror -cp "$scratch/lib/*" -d "$scratch/classes" ./*.java
  java -cp "$scratch/lib/*:$scratch/classes" BertieTokenizerTest "$package"
}

started=() passed=0 failed=0 skipped=0

start() { # language, remedy, tools…
  local language=$1 remedy=$2 tool
  shift 2
  for tool; do
    command -v "$tool" >/dev/null && continue
    echo "$language: $tool is not installed: $remedy"
    if [ "${CI-}" = true ]; then failed=$((failed + 1)); else skipped=$((skipped + 1)); fi
    return
  done
  (set -e && "test_$language") >"$scratch/$language.log" 2>&1 &
  started+=("$language:$!")
}

start python "run \`apt-get install python3-venv\`" python3
start go "see https://go.dev/doc/install" go gofmt
start jvm "run \`apt-get install openjdk-17-jdk-headless maven\`" java javac mvn
for job in "${started[@]}"; do
  if wait "${job#*:}"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "--- ${job%:*}"
  cat "$scratch/${job%:*}.log"
done
echo "cases: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
