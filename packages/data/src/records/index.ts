export { findColumns, hasHeader, type TextFields } from "./columns.ts";
export { csvRowEnds } from "./csv-row-ends.ts";
export {
  createTextReader,
  type InputFormat,
  invalidUtf8Fault,
  type OnInvalidUtf8,
  RecordFault,
  recordEndsOf,
  type TextColumn,
  type TextColumns,
  type TextReader,
  type Texts,
} from "./texts.ts";
export { MAX_FZSTD_WINDOW, unzstdFrame } from "./unzstd-frame.ts";
export { ZstdFault, type ZstdFrame, zstdFrames } from "./zstd-frames.ts";
