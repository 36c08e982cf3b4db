// The entry point for edge functions: scripts/bundle.js includes the compiled module instead of wasm/default.js.
export * from "./index.ts";
