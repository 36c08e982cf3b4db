#!/usr/bin/env bash
# Tests integrations/torch with the PyTorch of `python3`, or with the build for CPUs that Debian 12 ships, which is unpacked
# without installing it: the builds on PyPI need 2.5 GB of libraries for GPUs. Arguments are passed to unittest.
set -euo pipefail
cd "$(dirname "$0")/../../.."
scratch=${CHECK_SCRATCH:-$(mktemp -d)}/torch
mkdir -p "$scratch"
python=$(command -v python3)

# Prints the packages that the system lacks. libgloo0 is a dependency that the package of PyTorch does not declare.
missing_packages() {
  apt-get install --simulate --no-install-recommends python3-torch libgloo0 | awk '/^Inst/ { print $2 }'
}

unpack_debian() {
  local root=$scratch/root lib
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$scratch/python" safetensors==0.5.3 &
  (
    mkdir -p "$scratch/packages" "$root" && cd "$scratch/packages"
    # shellcheck disable=SC2046
    apt-get download -qq $(missing_packages)
    printf '%s\0' ./*.deb | xargs -0 -n 1 -P 2 sh -c 'dpkg -x "$1" ../root && rm "$1"' _
  )
  wait $!
  lib=$root/usr/lib/x86_64-linux-gnu
  export LD_LIBRARY_PATH=$root/usr/lib:$root/lib/x86_64-linux-gnu:$lib:$lib/blas:$lib/lapack
  export PYTHONPATH=$scratch/python:$root/usr/lib/python3/dist-packages
}

has_torch() { "$python" -c "import numpy, safetensors, torch" 2>/dev/null; }

if ! has_torch; then
  # CI may start without lists of packages.
  [ "${CI-}$(id -u)" = true0 ] && ! apt-cache show python3-torch >/dev/null 2>&1 && apt-get update -qq
  if ! apt-cache show python3-torch >/dev/null 2>&1; then
    echo "PyTorch is not installed: run \`pip install torch numpy safetensors\`"
    [ "${CI-}" = true ] && exit 1
    exit 77
  fi
  unpack_debian
  has_torch || "$python" -c "import numpy, safetensors, torch"
fi

[ -e packages/cli/dist/main.js ] || node scripts/build.js --quiet
export PYTHONDONTWRITEBYTECODE=1
# Both classes start processes that wait for each other, so two of them use two cores better than one.
[ $# -gt 0 ] && exec "$python" -m unittest discover -s integrations/torch "$@"
"$python" -m unittest discover -s integrations/torch -k RoundTrip -k Optimizer >"$scratch/round-trips" 2>&1 &
status=0
"$python" -m unittest discover -s integrations/torch -k Interruptions || status=1
wait $! || status=1
cat "$scratch/round-trips"
exit $status
