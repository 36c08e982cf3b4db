// In addition to TextClassifier and createTrainer(), the package exports the building blocks of the command line.
export type { Checkpoint, RunSetting } from "./checkpoint/checkpoint.ts";
export { type Difference, mergeOptions } from "./checkpoint/resume-compatibility.ts";
export { newestCheckpoint } from "./checkpoint/store.ts";
export type { ClassifierStages, EncodedText, EncodeTextOptions, RankOptions } from "./classifier-stages.ts";
export {
  type ComparedPrecisions,
  type ComparePrecisionsOptions,
  comparePrecisions,
  type PrecisionCheck,
} from "./compare-precisions.ts";
export { type CheckedData, createRunCheck, judge } from "./data/check-sets.ts";
export type { RunData } from "./data/data-set.ts";
export {
  type ExampleRequest,
  type ExampleSettings,
  type ReadData,
  readExamplesOf,
} from "./data/example-data.ts";
export type { Example, Examples, TaskFile } from "./data/examples.ts";
export type { FileInput } from "./data/file-input.ts";
export { openTableSet, type TableFile, type TableSet } from "./data/table-file.ts";
export { hasPairs, readTaskData, type TaskDataRequest } from "./data/task-data.ts";
export type { TrainingLayout } from "./data/training-layout.ts";
export { asInTraining, type TrainingTable, trainingTableOf } from "./data/training-table.ts";
export type { EmbedOptions, EncoderOptions } from "./embed/options.ts";
export { type PoolingMode, poolingModes } from "./embed/pooling.ts";
export { SentenceEncoder } from "./embed/sentence-encoder.ts";
export type { SimilarityName } from "./embed/similarity.ts";
export type { ExplainedWord, Explanation, LabelScore } from "./explain/explanation.ts";
export {
  type ExportCheck,
  type ExportDtype,
  type ExportedFile,
  type ExportedModel,
  type ExportFormat,
  type ExportNote,
  type ExportOptions,
  exportDtypes,
  exportFormats,
} from "./export/export-options.ts";
export type { ModelInput } from "./model-input.ts";
export { createTokenizer, type ModelTokenizer, modelTokenizer, tokenizerWarnings } from "./model-tokenizer.ts";
export { readModel } from "./model-vocabulary.ts";
export { type DataFile, exportRun, findDataFiles, importRun } from "./portable-run.ts";
export { formatSuspects, type RunSuspect } from "./probe/suspects.ts";
export { type RunFiles, readPredictedRows, readReportData } from "./report/read-report.ts";
export { REPORT_FILES } from "./report/report-files.ts";
export {
  type Baseline,
  type EvaluationResults,
  type FittedHead,
  info,
  type LabelPrediction,
  type LabelsPrediction,
  type PhaseStart,
  type Prediction,
  type Results,
  type RunEvent,
  type RunStart,
  type Sample,
  type ScoreEvent,
  type Stopped,
  type ValuePrediction,
  warning,
} from "./run/events.ts";
export { optionsOf, type TrainingOptions, trainingDefaults } from "./run/options.ts";
export { formatJson } from "./run/output-files.ts";
export {
  formatPrediction,
  formatPredictionHeader,
  identityOf,
  type PredictedProblem,
  predictionOf,
  type RowIdentity,
} from "./run/predictions.ts";
export { checkAccumulation, prepareRun, type RunInput } from "./run/prepare.ts";
export type { PreparedRun } from "./run/prepared-run.ts";
export { formatResults } from "./run/results.ts";
export { executeRun } from "./run/run.ts";
export { runRecord } from "./run/run-record.ts";
export { isLowerBetter, type MetricName, metricNames } from "./run/scores.ts";
export { checkThreshold } from "./run/threshold.ts";
export { writePlan } from "./run/write-plan.ts";
export { type RunSummary, type StepLoss, summarizeRun } from "./run-summary.ts";
export { browserStorage } from "./storage/browser-storage.ts";
export { directoryStorage } from "./storage/directory.ts";
export { memoryStorage } from "./storage/memory.ts";
export { openPrivateFolder, writePrivateFile } from "./storage/private-folder.ts";
export {
  byteChunks,
  type Chunks,
  type FileWriter,
  type InputFile,
  type OpenOptions,
  type Storage,
  type StorageState,
  type UnfinishedFiles,
  type Workspace,
} from "./storage/storage.ts";
export { TextClassifier } from "./text-classifier.ts";
export type {
  ClassifyOptions,
  Evaluation,
  ExplainOptions,
  LoadOptions,
  StreamOptions,
  Text,
} from "./text-classifier-options.ts";
export { createTrainer, type Trainer, type TrainerOptions } from "./trainer.ts";
export { VERSION } from "./version.ts";
