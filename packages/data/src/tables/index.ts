export {
  type ChosenColumns,
  type ColumnReference,
  type ColumnRequest,
  type ColumnSample,
  chooseColumns,
  columnTitle,
} from "./choose-columns.ts";
export type { Compression } from "./decompress.ts";
export { probableFormat } from "./delimited-table.ts";
export { detectEncoding, type EncodingGuess } from "./detect-encoding.ts";
export { formatOfName, type TableFormat } from "./detect-format.ts";
export { encodingOf } from "./encoding-labels.ts";
export { openTable } from "./open-table.ts";
export { type OpenText, openText } from "./open-text.ts";
export { bytesSource, type TableSource } from "./source.ts";
export { findKnownColumns, type KnownColumns, layoutOf, type NamedColumns, type TableLayout } from "./table-layout.ts";
export type { OpenTable, TableOptions, TableSummary } from "./types.ts";
