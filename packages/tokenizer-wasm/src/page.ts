// The entry point for pages without the inlined copy of the WebAssembly module, bundled by scripts/bundle.js. It has the
// tokenizer, and loads what few pages need when it is used. By default, it loads tokenizer-small.wasm, which is compiled for
// size: it encodes about 20 MB/s of English and 55 MB/s of Chinese text, an eighth of tokenizer.wasm. Both modules return
// the same tokens. Pages that encode large files call init() with the URL of tokenizer.wasm.
export { BertieError } from "@bertie/common";
export type * from "./index.ts";
export { init, loadModule } from "./load.ts";
export { BertTokenizer } from "./tokenizer.ts";
