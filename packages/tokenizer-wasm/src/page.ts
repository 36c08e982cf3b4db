// The entry point for pages without the inlined copy of the WebAssembly module, bundled by scripts/bundle.js. It has the
// tokenizer, and loads what few pages need when it is used.
export { BertieError } from "@bertie/common";
export type * from "./index.ts";
export { init, loadModule } from "./load.ts";
export { BertTokenizer } from "./tokenizer.ts";
