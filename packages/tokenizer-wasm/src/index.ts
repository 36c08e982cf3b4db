export type { AddedTokenInput } from "./added-tokens.ts";
export type { BatchEncoding, BatchItem, BatchOptions, RaggedBatchEncoding, WordsItem } from "./batch-options.ts";
export type { CompiledModule } from "./compiled-module.ts";
export type { DecodeOptions } from "./decode.ts";
export type { HuggingFaceDecodeOptions } from "./decode-options.ts";
export type { TokenizerDefaults } from "./defaults.ts";
export type { EncodeOptions, Encoding } from "./encoding.ts";
export type { EncodeLinesOptions, Lines } from "./lines.ts";
export { init, loadModule, type ModuleSource } from "./load.ts";
export {
  charToToken,
  charToWord,
  sequenceIds,
  tokenToChars,
  tokenToWord,
  wordToChars,
  wordToTokens,
} from "./look-ups.ts";
export type {
  HuggingFaceTokenizerOptions,
  ResolvedOptions,
  TokenizerOptions,
} from "./options.ts";
export type { HuggingFaceRowOptions, PaddingOption, RowOptions, Side, TruncationOption } from "./row-options.ts";
export type { SplitOptions, TextChunk } from "./split/options.ts";
export { splitStream, splitText, splitterStream } from "./split/split.ts";
export type { LinesBatch } from "./stream/encode-chunks.ts";
export type { EncodeStreamOptions, LinesStream } from "./stream/open-stream.ts";
export type { RowTemplate, TemplatePiece } from "./template.ts";
export type { TextInput } from "./text-input.ts";
export { BertTokenizer } from "./tokenizer.ts";
export { readTokenizerJson, type TokenizerJson, type TokenizerJsonContents } from "./tokenizer-json/read.ts";
export { fitPair, roomForText, type Truncation } from "./truncation.ts";
export { type Vocabulary, vocabularyOf } from "./vocabulary.ts";
export type { WordPieceSettings } from "./word-piece.ts";
