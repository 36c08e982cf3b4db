export {
  type BadRowCounter,
  type BadRows,
  badRowsNote,
  createBadRowCounter,
  noRowsError,
  type OnBadRow,
  readRow,
} from "./bad-rows.ts";
export { type BatchOptions, batches, countBatches, type FeatureBatch, makeBatch, type Padding } from "./batches.ts";
export {
  type BatchingOptions,
  type EvaluationBatches,
  evaluationBatches,
  type TrainingBatches,
  trainingBatches,
} from "./batching.ts";
export { createDataCheck, type DataCheck, type DataCheckOptions } from "./check/data-check.ts";
export { formatDataSummary } from "./check/format-summary.ts";
export { type CountTokens, type LengthSummary, type TokenCounts, tokenCounter } from "./check/lengths.ts";
export { createLabelTrimmer, foldText, type LabelTrimmer, normalizeLabel } from "./check/normalize.ts";
export { type CheckContext, type Problem, percent } from "./check/problem.ts";
export { problemsOf, throwFirstError } from "./check/problems.ts";
export { countedLabels, quoteLabel } from "./check/quote-label.ts";
export type { Duplicates } from "./check/row-hashes.ts";
export {
  type CheckedSet,
  type DataSummary,
  dataRecord,
  type FileFacts,
  type FileSummary,
  type FirstRow,
  type LabelCount,
  type OverlapSummary,
  type SetSummary,
  type ValueSummary,
} from "./check/summary.ts";
export { type ClassWeights, classWeightsOf, parseClassWeights } from "./class-weights.ts";
export type { ExampleSet, InputExample } from "./example.ts";
export { type ExampleLog, formatExampleLog } from "./example-log.ts";
export { readFeatures } from "./feature-file.ts";
export { readFeatureParts } from "./feature-parts.ts";
export type { FeatureLimits, FeatureSet } from "./feature-rows.ts";
export { type ConvertOptions, convertExamplesToFeatures, type InputFeatures } from "./features.ts";
export { holdOut, type SplitExamples, type SplitSizes } from "./hold-out.ts";
export { collectLabels, labelIdsOf, refuseOtherLabels, resolveLabels, skipUnknownLabels } from "./labels.ts";
export { type BatchPlan, batchShapes, chooseLengths, type LengthOptions } from "./lengths.ts";
export { type Line, readLines, streamLines } from "./lines.ts";
export {
  countFittedRows,
  fitRow,
  type LongText,
  type LongTextOptions,
  longTextModes,
  type TokenRow,
} from "./long-text.ts";
export { matthewsCorrelation } from "./metrics/agreement.ts";
export type { Interval } from "./metrics/bootstrap.ts";
export type { ReliabilityBin } from "./metrics/calibration.ts";
export type { ClassMetrics } from "./metrics/class-metrics.ts";
export { type ConfusionMatrix, confusionMatrix } from "./metrics/confusion-matrix.ts";
export type { EvaluationMetrics } from "./metrics/evaluation-metrics.ts";
export { f1, macroF1 } from "./metrics/f1.ts";
export {
  applyThresholds,
  evaluateMultiLabel,
  type LabelMetrics,
  type MultiLabelMetrics,
  type MultiLabelRows,
} from "./metrics/multi-label.ts";
export { evaluateRegression, type RegressionMetrics, type RegressionRows } from "./metrics/regression.ts";
export {
  evaluateSingleLabel,
  type SingleLabelMetrics,
  type SingleLabelRows,
} from "./metrics/single-label.ts";
export { bucketByLength, epochOrder, evaluationOrder } from "./order.ts";
export {
  fileNameOf,
  type Layout,
  type Processor,
  type ReadOptions,
  readExamples,
  type SetName,
  type TaskMetric,
} from "./processor.ts";
export { parseRanges, type RowRecord } from "./split/row-ranges.ts";
export { type Folds, type Split, type SplitRecord, type SplitRows, splitExamples, splitFolds } from "./split/split.ts";
export { findSuspects, type LabeledProbabilities, type Suspect } from "./suspects/find-suspects.ts";
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
  columnTitle,
  detectEncoding,
  type EncodingGuess,
  encodingOf,
  findKnownColumns,
  formatOfName,
  type KnownColumns,
  layoutOf,
  type NamedColumns,
  type OpenTable,
  type OpenText,
  openTable,
  openText,
  probableFormat,
  type TableFormat,
  type TableLayout,
  type TableOptions,
  type TableSource,
  type TableSummary,
} from "./tables/index.ts";
export { targetsOf } from "./targets.ts";
export { getProcessor, taskNames } from "./tasks/get-processor.ts";
export { type GlueSubmission, glueSubmission } from "./tasks/glue-submission.ts";
export type { EncodedTexts, WordPieceTokenizer } from "./tokenizer.ts";
export { readTsv, type TableRow, type Tsv } from "./tsv.ts";
