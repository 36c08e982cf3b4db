export type { BatchEncoding, BatchItem, BatchOptions, RaggedBatchEncoding } from "./batch.ts";
export type { DecodeOptions } from "./decode.ts";
export type { EncodeOptions, Encoding } from "./encoding.ts";
export type { EncodeLinesOptions, Lines } from "./lines.ts";
export type { ResolvedOptions, TokenizerOptions } from "./options.ts";
export { BertTokenizer } from "./tokenizer.ts";
export { readTokenizerJson, type TokenizerJson, type TokenizerJsonContents } from "./tokenizer-json.ts";
export { fitPair, roomForText, type Truncation } from "./truncation.ts";
export { init } from "./wasm.ts";
