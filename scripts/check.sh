#!/usr/bin/env bash
# Runs all checks that must pass before a change is merged (`npm run check`).
#
#   scripts/check.sh                           all checks
#   scripts/check.sh types biome               the named checks
#   scripts/check.sh --after-tests STATUS LOG  all except `tests`, which has already run with this exit status and output
#
# After a failure the other checks still run. The last line counts test cases; a check without test cases counts as one.
# A check whose tool is not installed is skipped with a message; with CI=true it fails.
set -uo pipefail
cd "$(dirname "$0")/.."
unset FORCE_COLOR
source scripts/check/parts.sh
export NO_COLOR=1 npm_config_loglevel=error

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM
export CHECK_SCRATCH=$scratch

limit=25m
passed=0 failed=0 skipped=0 summary=""

# Sums the counts that test runners print in a log: "12 passed", "1 failed", "3 skipped".
count() { # log, pattern
  grep -E '^ *Tests  |^test result: |^(ok|FAILED) \| |^cases: ' "$1" | grep -oE "[0-9]+ ($2)" |
    awk '{ sum += $1 } END { print sum + 0 }'
}

tally() { # part, exit status, log, seconds
  local part=$1 status=$2 log=$3 seconds=$4 verdict p f s
  p=$(count "$log" passed) f=$(count "$log" failed) s=$(count "$log" 'skipped|ignored|todo')
  if [ "$status" = "$SKIPPED" ]; then
    verdict=skipped s=$((s + 1))
  elif [ "$status" != 0 ]; then
    verdict=FAILED
    [ "$f" -gt 0 ] || f=1
  else
    verdict=ok
    [ $((p + f)) -gt 0 ] || p=1
    # A runner that reports failures has failed, even if its exit status is 0.
    [ "$f" = 0 ] || verdict=FAILED
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  summary+=$(printf '%-16s %-8s %5ss  %6s passed %4s failed %4s skipped' "$part" "$verdict" "$seconds" "$p" "$f" "$s")$'\n'
}

# Runs a part with its output in a log, and writes its exit status and its seconds into a file.
run() { # part
  local part=$1 start=$SECONDS status check
  # `timeout` is in a process group of its own, which signals to this one do not reach.
  trap 'kill "$check" 2>/dev/null' TERM
  timeout --kill-after=10 "$limit" bash -euo pipefail -c 'source scripts/check/parts.sh; "part_$0"' "${part//-/_}" \
    </dev/null >"$scratch/$part.log" 2>&1 &
  check=$!
  wait "$check"
  status=$?
  [ "$status" != 124 ] || echo "$part timed out after $limit" >>"$scratch/$part.log"
  echo "$status $((SECONDS - start))" >"$scratch/$part.unread"
  mv "$scratch/$part.unread" "$scratch/$part.result"
}

# Prints the logs of the parts that have ended, each once, and counts their test cases.
collect() {
  local result part status seconds
  for result in "$scratch"/*.result; do
    [ -e "$result" ] || continue
    part=$(basename "$result" .result)
    read -r status seconds <"$result"
    rm "$result"
    printf '\n=== %s: %s s, exit status %s\n' "$part" "$seconds" "$status"
    cat "$scratch/$part.log"
    tally "$part" "$status" "$scratch/$part.log" "$seconds"
  done
}

# Runs parts, several at the same time: most parts wait for one process at a time.
run_all() { # lanes, parts…
  local lanes=$1 part
  shift
  for part; do
    while [ "$(jobs -pr | wc -l)" -ge "$lanes" ]; do
      wait -n
      collect
    done
    echo "=== $part started"
    run "$part" &
  done
  wait
  collect
}

chosen=("${parts[@]}")
if [ "${1-}" = --after-tests ]; then
  tally tests "$2" "$3" "${4-?}"
  chosen=("${parts[@]:1}")
elif [ $# -gt 0 ]; then
  chosen=("$@")
fi

# Parts that write what others read, and `npm test`, whose tests run in two processes, run one after another.
alone=() together=()
for part in "${chosen[@]}"; do
  case $part in
    tests | types | biome | rust-*) alone+=("$part") ;;
    *) together+=("$part") ;;
  esac
done
run_all 1 "${alone[@]}"
if [ ${#together[@]} -gt 0 ]; then
  # Parts build what they need. With BERTIE_BUILT=true, scripts/build.js does nothing, so they cannot get in each other's way.
  node scripts/build.js --quiet && export BERTIE_BUILT=true
  run_all 2 "${together[@]}"
fi

printf '\n=== summary\n%s' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
