export type { BadRows, OnBadRow } from "./bad-rows.ts";
export { type BatchOptions, batches, countBatches, type FeatureBatch, makeBatch, type Padding } from "./batches.ts";
export {
  type BatchingOptions,
  type EvaluationBatches,
  evaluationBatches,
  type TrainingBatches,
  trainingBatches,
} from "./batching.ts";
export type { ExampleSet, InputExample } from "./example.ts";
export { type ExampleLog, formatExampleLog } from "./example-log.ts";
export { type FeatureLimits, type FeatureSet, readFeatures } from "./feature-file.ts";
export { type ConvertOptions, convertExamplesToFeatures, type InputFeatures } from "./features.ts";
export { holdOut, type SplitExamples, type SplitSizes } from "./hold-out.ts";
export { collectLabels, labelIdsOf, resolveLabels, skipUnknownLabels } from "./labels.ts";
export { type BatchPlan, batchShapes, chooseLengths, type LengthOptions } from "./lengths.ts";
export { type Line, readLines, streamLines } from "./lines.ts";
export { type ConfusionMatrix, confusionMatrix, f1, macroF1, matthewsCorrelation } from "./metrics.ts";
export { bucketByLength, epochOrder, evaluationOrder } from "./order.ts";
export { fileNameOf, type Layout, type Processor, readExamples, type SetName } from "./processor.ts";
export { type Columns, guessColumns, type Role, readTable, type Table } from "./table.ts";
export { tableExamples } from "./table-examples.ts";
export {
  bytesSource,
  type ChosenColumns,
  type ColumnReference,
  type ColumnRequest,
  type ColumnSample,
  type Compression,
  chooseColumns,
  detectEncoding,
  type EncodingGuess,
  encodingOf,
  type OpenTable,
  openTable,
  type TableFormat,
  type TableOptions,
  type TableSource,
  type TableSummary,
} from "./tables/index.ts";
export { getProcessor, taskNames } from "./tasks.ts";
export type { EncodedTexts, WordPieceTokenizer } from "./tokenizer.ts";
export { readTsv, type TableRow, type Tsv } from "./tsv.ts";
