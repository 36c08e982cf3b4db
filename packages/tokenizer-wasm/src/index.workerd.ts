// The entry point for Cloudflare's workerd: scripts/bundle.js includes the compiled module instead of wasm/default.js.
export * from "./index.ts";
