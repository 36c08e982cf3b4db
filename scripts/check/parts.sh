# The checks of scripts/check.sh in order: the function `part_x` is check x. A check may print a line
# "cases: N passed, N failed, N skipped". scripts/check.sh sources this file and runs each check in a separate shell, which
# exits at the first failing command.
# shellcheck shell=bash disable=SC2034

# `tests` first, and the longest ones before the others, so that the last ones to run in parallel are short.
parts=(
  tests types biome rust-format rust-lint rust-tests docs demo site examples webgpu integrations matrix quick-start wasm chromium
  packed worlds deno node tensorflow deno-types unicode
)
SKIPPED=77

need() { # tool, remedy
  command -v "$1" >/dev/null && return
  echo "$1 is not installed: $2"
  [ "${CI-}" = true ] && exit 1
  exit $SKIPPED
}

need_rust() { need cargo "see https://rustup.rs, then run \`rustup component add clippy rustfmt\`"; }

part_tests() { npm test; }

part_types() { npx tsc -b; }

part_biome() { npx biome ci --colors=off --error-on-warnings .; }

part_rust_format() {
  need_rust
  cargo fmt --all --check -- --color never
}

part_rust_lint() {
  need_rust
  cargo clippy --workspace --all-targets --locked -- -D warnings
  RUSTDOCFLAGS="-D warnings" cargo doc --package bertie-tokenizer --no-deps --locked
  # The bindings for JavaScript are only compiled for WebAssembly.
  source scripts/wasm-toolchain.sh
  if rustup_has_target; then
    for feature in js-bindings js-bindings,small c-abi; do
      cargo clippy -p bertie-tokenizer --lib --features $feature --target "$wasm_target" --locked -- -D warnings
    done
  else
    echo "the target $wasm_target is not installed: the WebAssembly bindings are not linted"
  fi
}

part_rust_tests() {
  need_rust
  cargo test --workspace --locked
  # The crate as published.
  cargo package --quiet --package bertie-tokenizer --locked --allow-dirty --no-verify
}

# Compares the committed WebAssembly module with a fresh build, and runs the tokenizer's tests with the fresh build.
part_wasm() {
  need_rust
  bash scripts/build-wasm.sh --check "$CHECK_SCRATCH/wasm"
  BERTIE_WASM=$CHECK_SCRATCH/wasm/tokenizer.wasm npx vitest run packages/tokenizer-wasm
}

part_unicode() {
  need python3 "run \`apt-get install python3\`, which the generator of the Unicode tables needs"
  python3 scripts/unicode/generate.py --check
}

part_deno_types() { npx deno check packages/*/src/index.ts packages/cli/src/main.ts tests/runtimes/deno/*.ts examples/deno.ts; }

# Runs with the permissions of the tasks in deno.json.
part_deno() { npx deno task --quiet test; }

# Runs the built packages in plain Node, because test runners hide errors of module resolution.
part_node() { bash scripts/check/node.sh; }

part_packed() { bash scripts/check/packed.sh; }

# Installs runtimes, bundlers and type checkers from tests/matrix/package-lock.json.
part_matrix() {
  need chromium "run \`apt-get install chromium\`"
  bash scripts/check/matrix.sh "$(command -v chromium)"
}

# Runs the programs of examples/ with the packed packages.
part_examples() {
  need chromium "run \`apt-get install chromium\`"
  bash scripts/check/examples.sh "$(command -v chromium)"
}

part_chromium() {
  node scripts/build.js --quiet
  need chromium "run \`apt-get install chromium\`"
  node tests/runtimes/chromium/run.js "$(command -v chromium)"
  node tests/runtimes/chromium/transformers-js.js "$(command -v chromium)"
}

part_webgpu() {
  local driver=/usr/lib/chromium/vk_swiftshader_icd.json
  need chromium "run \`apt-get install chromium\`; its software Vulkan driver emulates a GPU"
  export VK_ICD_FILENAMES=$driver
  npx vitest run webgpu tests/cli/golden tests/cli/doctor
  npx deno task --quiet test --filter webgpu
}

# Installs TensorFlow, which is optional, and runs the tests that are skipped without it.
part_tensorflow() {
  need pip3 "run \`apt-get install python3-pip\`, which downloads TensorFlow from PyPI"
  need g++ "run \`apt-get install g++\`, which compiles TensorFlow's addon"
  npm run --silent setup:native
  npx vitest run packages/engine/src/executors/tensorflow tests/golden-trace
}

part_docs() { bash scripts/check/docs.sh; }

part_quick_start() { bash scripts/check/bare-machine.sh start; }

# Runs the built page in a browser.
part_demo() {
  need chromium "run \`apt-get install chromium\`"
  need python3 "run \`apt-get install python3-venv\`, which runs the Python code that the page shows"
  node scripts/build.js --quiet
  npm run --silent bundle -w packages/web-demo
  CHROMIUM=$(command -v chromium) DEMO_BROWSERS=$(other_browsers) npx vitest run --config tests/demo/vitest.config.ts
}

# Prints the names of the browsers other than Chromium whose tests can run.
other_browsers() {
  if command -v firefox-esr >/dev/null; then echo -n "firefox "; else missing firefox-esr Firefox; fi
  if command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null; then echo -n webkit; else missing "webkit2gtk-driver xvfb" WebKit; fi
}

missing() { # packages, browser
  echo "the page is not tested in $2: run \`apt-get install $1\`" >&2
}

# The documentation site, built, in a browser.
part_site() {
  need chromium "apt-get install chromium"
  CHROMIUM=$(command -v chromium) npx vitest run --config tests/site/vitest.config.ts
}

# The tokenizer in Python, Go and on the JVM.
part_worlds() { bash scripts/check/worlds.sh; }

# The integrations with Spark, Ray and PyTorch.
part_integrations() { bash scripts/check/integrations.sh; }
