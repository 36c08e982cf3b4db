// Written by scripts/build-wasm.sh; not to be edited by hand.

/** The WebAssembly module's bytes or, where the host compiles modules ahead of time, the module. */
export default function wasm(): Uint8Array<ArrayBuffer> | WebAssembly.Module;
