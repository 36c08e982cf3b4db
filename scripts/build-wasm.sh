#!/usr/bin/env bash
# Builds the tokenizer's WebAssembly package, packages/tokenizer-wasm/wasm, and the modules with the C interface,
# packages/tokenizer-wasm/c-abi. Both are committed, so that users do not need Rust.
#
#   scripts/build-wasm.sh                    build and replace the committed package
#   scripts/build-wasm.sh --check [FOLDER]   build into FOLDER (default: temporary), and compare with the committed package
#   scripts/build-wasm.sh --stamp            only compare the stamp with the sources, which does not require Rust
#
# The stamp contains a hash of all sources and the compiler's version. Equal sources and compilers produce equal bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/wasm-toolchain.sh

package=packages/tokenizer-wasm
committed=$package/wasm
c_abi=$package/c-abi
wasm_pack_version=0.15.1

hash_sources() {
  { printf '%s\n' Cargo.toml Cargo.lock scripts/build-wasm.sh scripts/wasm-package.js scripts/wasm-panics.js \
      scripts/wasm-dead-data.js scripts/wasm-sections.js \
      $package/rust/Cargo.toml
    find $package/rust/src -name '*.rs' | LC_ALL=C sort
  } | xargs sha256sum | sha256sum | cut -d' ' -f1
}

check_stamp() {
  grep -q "\"sources\": \"$(hash_sources)\"" $committed/stamp.json && return
  echo "build-wasm: $committed is out of date. Run scripts/build-wasm.sh." >&2
  return 1
}

optimize() { # input, output, options
  local input=$1 output=$2
  shift 2
  npx --no-install wasm-opt --strip-debug --strip-producers --enable-bulk-memory \
    --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-reference-types \
    --enable-multivalue "$@" "$input" -o "$output"
}

# Builds a module with the C interface, which has no imports. With -O3, wasmtime encodes Chinese text 15% more slowly.
build_c_abi() { # output, options
  local output=$1
  shift
  "$CARGO" rustc --quiet --locked --release --manifest-path $package/rust/Cargo.toml --lib --crate-type cdylib \
    --features c-abi --target "$wasm_target"
  optimize "target/$wasm_target/release/bertie_tokenizer.wasm" "$output" -O1 "$@"
}

# Builds a module for JavaScript, and its bindings.
build_js() { # output directory, features, options
  local scratch=$1 features=$2
  shift 2
  PATH="$(dirname "$CARGO"):$PATH" wasm-pack --quiet build $package/rust --release --target bundler --no-pack \
    --out-dir "$scratch" --out-name tokenizer -- --locked --features "$features"
  node scripts/wasm-dead-data.js "target/$wasm_target/release/bertie_tokenizer.wasm" "$scratch/tokenizer_bg.wasm" \
    "$scratch/without-dead-data.wasm"
  node scripts/wasm-panics.js "$scratch/without-dead-data.wasm" "$scratch/trapping.wasm"
  optimize "$scratch/trapping.wasm" "$scratch/tokenizer.wasm" "$@"
}

build() {
  local out=$1 c_out=$2 scratch flags
  choose_wasm_toolchain
  command -v wasm-pack >/dev/null || cargo install --quiet wasm-pack --version $wasm_pack_version --locked
  scratch=$(mktemp -d)
  # Paths of this machine must not be part of the binary, because they would make builds differ. The flags are set for the
  # target only, because wasm-pack may also compile a tool for the host.
  flags="--remap-path-prefix=$PWD=/bertie --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo -C link-arg=--strip-debug"
  mkdir -p "$out" "$c_out"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags
  build_c_abi "$c_out/bertie_tokenizer_baseline.wasm"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags -C target-feature=+simd128"
  build_c_abi "$c_out/bertie_tokenizer.wasm" --enable-simd
  # Relocations tell which constants are in use.
  flags+=" -C link-arg=--emit-relocs"
  # With the compiler's usual limit, the module is 8% larger, the first encoding takes longer, and later ones take as long.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags -C target-feature=+simd128 -C llvm-args=-inline-threshold=150"
  # Functions that are called once are not inlined: V8 would optimize the large function that creates a tokenizer, which runs
  # once, and keep a core busy for a tenth of a second.
  build_js "$scratch/full" js-bindings -O3 --converge -ocimfs 50 --enable-simd
  # The module for pages is compiled for size, and does not need SIMD. Gzipped, it is smaller if little is inlined.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags
  CARGO_PROFILE_RELEASE_OPT_LEVEL=z build_js "$scratch/small" js-bindings,small -Oz --converge -ocimfs 20
  node scripts/wasm-package.js "$scratch/full" "$scratch/small" "$out" "$(hash_sources)" "$("$RUSTC" --version)"
  rm -rf "$scratch"
}

case ${1:-} in
  "") build $committed $c_abi ;;
  --stamp) check_stamp && echo "build-wasm: $committed is up to date according to its stamp" ;;
  --check)
    fresh=${2:-$(mktemp -d)}
    build "$fresh" "$fresh/c-abi"
    check_stamp
    if diff -q <(grep '"compiler"' $committed/stamp.json) <(grep '"compiler"' "$fresh/stamp.json") >/dev/null; then
      { diff -rq --exclude=c-abi $committed "$fresh" && diff -rq --exclude='*.h' $c_abi "$fresh/c-abi"; } || { echo "build-wasm: the same sources and compiler produced different bytes" >&2; exit 1; }
      echo "build-wasm: $committed is up to date, byte for byte; the fresh build is in $fresh"
    else
      echo "build-wasm: $committed is up to date according to its stamp; the bytes were not compared, because another" \
        "compiler built it; the fresh build is in $fresh"
    fi ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
