// The entry point for pages without the inlined copy of the WebAssembly module, bundled by scripts/bundle.js.
export { BertieError } from "@bertie/common";
export * from "./index.ts";
