// Written by scripts/build-wasm.sh; not to be edited by hand.
// For hosts that compile modules ahead of time and forbid compiling at run time.
import module from "./tokenizer.wasm";

export default function wasm() {
  return module;
}
