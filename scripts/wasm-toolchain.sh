#!/usr/bin/env bash
# Finds or builds a Rust toolchain that compiles to wasm32-unknown-unknown, and exports it as RUSTC and CARGO.
# scripts/build-wasm.sh sources this file.
#
# If rustup is installed and has the target or can download it, rustup's toolchain is used. Otherwise Debian's rustc-web is
# used. It includes the sources of the standard library, which are compiled once (half a minute) into the compiler's directory.

wasm_target=wasm32-unknown-unknown

rustup_has_target() {
  command -v rustup >/dev/null || return 1
  rustup target list --installed 2>/dev/null | grep -qx "$wasm_target" ||
    timeout 60 rustup target add "$wasm_target" >/dev/null 2>&1
}

install_debian_compiler() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -e "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] && return
  [ "$(id -u)" = 0 ] || { echo "build-wasm: no compiler for $wasm_target found. Run 'rustup target add $wasm_target', or as root 'apt-get install rustc-web cargo-web rust-web-src'." >&2; return 1; }
  apt-get update -qq && apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src >/dev/null
}

build_standard_library() {
  local library=$1 scratch
  compgen -G "$library/libstd-*.rlib" >/dev/null && return
  echo "build-wasm: compiling the standard library for $wasm_target, once" >&2
  scratch=$(mktemp -d)
  mkdir -p "$scratch/src" && : >"$scratch/src/lib.rs"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$scratch/Cargo.toml"
  (cd "$scratch" && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo build --quiet --release --target "$wasm_target" \
    -Zbuild-std=std,panic_abort,proc_macro)
  mkdir -p "$library"
  find "$scratch/target/$wasm_target/release/deps" -name '*.rlib' ! -name 'libempty*' -exec cp {} "$library/" \;
  rm -rf "$scratch"
}

find_linker() {
  local candidate
  for candidate in "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld" \
    /usr/bin/wasm-ld /usr/bin/wasm-ld-[0-9]*; do
    [ -x "$candidate" ] && { echo "$candidate"; return; }
  done
  [ "$(id -u)" = 0 ] && apt-get install -y -qq --no-install-recommends lld >/dev/null && echo /usr/bin/wasm-ld
}

choose_wasm_toolchain() {
  if rustup_has_target; then
    RUSTC=$(rustup which rustc) CARGO=$(rustup which cargo)
  else
    install_debian_compiler || return 1
    RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo
    build_standard_library "$(/usr/bin/rustc --print sysroot)/lib/rustlib/$wasm_target/lib" || return 1
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(find_linker) || return 1
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
  fi
  export RUSTC CARGO
}
