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

run() { # part
  local part=$1 start=$SECONDS log=$scratch/$1.log status
  printf '\n=== %s\n' "$part"
  timeout --kill-after=10 "$limit" bash -euo pipefail -c 'source scripts/check/parts.sh; "part_$0"' "${part//-/_}" \
    </dev/null 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  [ "$status" != 124 ] || echo "$part timed out after $limit"
  tally "$part" "$status" "$log" $((SECONDS - start))
}

chosen=("${parts[@]}")
if [ "${1-}" = --after-tests ]; then
  tally tests "$2" "$3" "${4-?}"
  chosen=("${parts[@]:1}")
elif [ $# -gt 0 ]; then
  chosen=("$@")
fi
for part in "${chosen[@]}"; do run "$part"; done

printf '\n=== summary\n%s' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
