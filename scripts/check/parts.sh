# The parts of the gate, in their order: `part_x` is part x. Each may say "cases: N passed, N failed, N skipped".
# Sourced by scripts/check.sh, which runs each in a shell of its own that stops at the first failing command.
# shellcheck shell=bash disable=SC2034

parts=(
  tests types biome rust-format rust-lint rust-tests wasm unicode deno-types deno node packed examples chromium demo site
  webgpu tensorflow docs quick-start
)
SKIPPED=77

need() { # tool, what to do
  command -v "$1" >/dev/null && return
  echo "$1 is not installed: $2"
  [ "${CI-}" = true ] && exit 1
  exit $SKIPPED
}

need_rust() { need cargo "https://rustup.rs, then rustup component add clippy rustfmt"; }

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
  # What only JavaScript sees is compiled for WebAssembly alone.
  source scripts/wasm-toolchain.sh
  if rustup_has_target; then
    cargo clippy -p bertie-tokenizer --lib --target "$wasm_target" --locked -- -D warnings
  else
    echo "no $wasm_target target: the WebAssembly bindings are not linted"
  fi
}

part_rust_tests() {
  need_rust
  cargo test --workspace --locked
}

# The committed WebAssembly is what the sources give, and what they give now passes the tokenizer's tests.
part_wasm() {
  need_rust
  bash scripts/build-wasm.sh --check "$CHECK_SCRATCH/wasm"
  BERTIE_WASM=$CHECK_SCRATCH/wasm/tokenizer.wasm npx vitest run packages/tokenizer-wasm
}

part_unicode() {
  need python3 "the generator of the Unicode tables is written in Python"
  python3 scripts/unicode/generate.py --check
}

part_deno_types() { npx deno check packages/*/src/index.ts packages/cli/src/main.ts tests/runtimes/deno/*.ts examples/deno.ts; }

# With the permissions of deno.json's tasks.
part_deno() { npx deno task --quiet test; }

# The built packages in plain Node: test runners hide what Node's own resolution would not find.
part_node() { bash scripts/check/node.sh; }

part_packed() { bash scripts/check/packed.sh; }

# The programs of examples/, where the packed packages are installed.
part_examples() {
  need chromium "apt-get install chromium"
  bash scripts/check/examples.sh "$(command -v chromium)"
}

part_chromium() {
  node scripts/build.js --quiet
  need chromium "apt-get install chromium"
  node tests/runtimes/chromium/run.js "$(command -v chromium)"
}

part_webgpu() {
  local driver=/usr/lib/chromium/vk_swiftshader_icd.json
  need chromium "apt-get install chromium: its software Vulkan stands in for a GPU"
  export VK_ICD_FILENAMES=$driver
  npx vitest run webgpu tests/cli/golden tests/cli/doctor
  npx deno task --quiet test --filter webgpu
}

# The tests that are skipped where TensorFlow is not: it is an optional part, which this installs.
part_tensorflow() {
  need pip3 "apt-get install python3-pip: it gets TensorFlow from PyPI"
  need g++ "apt-get install g++: it compiles TensorFlow's addon"
  npm run --silent setup:native
  npx vitest run packages/engine/src/executors/tensorflow tests/golden-trace
}

part_docs() { bash scripts/check/docs.sh; }

part_quick_start() { bash scripts/check/bare-machine.sh start; }

# The page in a browser, built.
part_demo() {
  need chromium "apt-get install chromium"
  node scripts/build.js --quiet
  npm run --silent bundle -w packages/web-demo
  CHROMIUM=$(command -v chromium) npx vitest run --config tests/demo/vitest.config.ts
}

# The documentation site, built, in a browser.
part_site() {
  need chromium "apt-get install chromium"
  CHROMIUM=$(command -v chromium) npx vitest run --config tests/site/vitest.config.ts
}
