import { type LongText, longTextModes } from "@bertie/data";
import { choosePrecision, createExecutor, type Executor } from "@bertie/engine";
import {
  loadClassifierParameters,
  type ModelDirectory,
  modelFiles,
  type ParameterSpec,
  problemTypeOf,
  requireVocab,
} from "@bertie/model";
import { type Classifier, type Inference, prepareInference } from "@bertie/optim";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { checkCount } from "./check-options.ts";
import { layoutOfRecord, recordOfLayout } from "./data/training-layout.ts";
import { fileSourceOf, type ModelInput } from "./model-input.ts";
import { modelTokenizer } from "./model-tokenizer.ts";
import { readModel } from "./model-vocabulary.ts";
import { trainingDefaults } from "./run/options.ts";
import { formatJson } from "./run/output-files.ts";
import { bertClassifier, checkLength } from "./run/prepare.ts";
import type { LoadOptions } from "./text-classifier-options.ts";

/** Model that is loaded into an executor. */
export interface LoadedModel {
  readonly directory: Pick<ModelDirectory, "config" | "vocab" | "tokenizer" | "name" | "trained">;
  readonly labels: readonly string[];
  readonly lowerCase: boolean;
  readonly maxLength: number;
  readonly longText: LongText;
  readonly windowOverlap: number | undefined;
  /** Probability from which a label is predicted, with several labels per text. */
  readonly threshold: number;
  readonly tokenizer: BertTokenizer;
  readonly classifier: Classifier;
  /** Parameters of the model. */
  readonly specs: readonly ParameterSpec[];
  readonly executor: Executor;
  /** Whether the executor was created for this model, and is disposed together with the model. */
  readonly ownsExecutor: boolean;
  readonly precision: ReturnType<typeof choosePrecision>;
  readonly warnings: readonly string[];
  readonly batchSize: number | undefined;
}

/** Loads a model for classification, see `TextClassifier.load()`. */
export async function loadModel(
  input: ModelInput | ModelDirectory,
  options: LoadOptions,
): Promise<{
  readonly model: LoadedModel;
  readonly inference: Inference;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}> {
  const { signal } = options;
  checkCount("maxLength", options.maxLength, 3); // [CLS] and two [SEP]
  checkCount("batchSize", options.batchSize);
  const directory = isModelDirectory(input) ? { warnings: [], ...input } : await readModel(fileSourceOf(input));
  signal?.throwIfAborted();
  requireVocab(directory);
  const { labels, specs, parameters } = loadClassifierParameters(directory, {
    labels: options.labels,
    requireTrained: true,
  });
  const lowerCase = options.lowercase ?? directory.lowerCase ?? false;
  const trainedLength = directory.trained.maxSeqLength ?? trainingDefaults.maxLength;
  if (options.maxLength !== undefined) checkLength(options.maxLength, directory);
  const maxLength = options.maxLength ?? Math.min(trainedLength, directory.config.maxPositionEmbeddings);
  const tokenizerOfModel = modelTokenizer(directory, lowerCase);
  const tokenizer = await tokenizerOfModel.get();
  const executor = options.executor ?? (await createExecutor(options));
  const ownsExecutor = options.executor === undefined;
  try {
    const precision = choosePrecision({ precision: options.precision }, executor);
    const problemType = problemTypeOf(directory.config, labels.length);
    const classifier = bertClassifier(directory.config, specs, { problemType });
    const inference = await prepareInference(executor, classifier, parameters, {
      precision: precision.type,
      maxLength,
    });
    if (signal?.aborted) {
      await inference.dispose();
      signal.throwIfAborted();
    }
    const { config, vocab, tokenizer: tokenizerSettings, name, trained } = directory;
    const warnings = [...directory.warnings, ...tokenizerOfModel.warnings()];
    const { batchSize } = options;
    const longText = options.longText ?? longTextOf(trained.longText);
    const windowOverlap = options.windowOverlap ?? trained.windowOverlap;
    const { threshold = 0.5 } = trained;
    const settings = {
      labels,
      lowerCase,
      maxLength,
      longText,
      windowOverlap,
      threshold,
      precision,
      batchSize,
      warnings,
    };
    // The tensors of the directory are not retained, so that their memory can be freed.
    const retained = { config, vocab, name, trained, ...(tokenizerSettings && { tokenizer: tokenizerSettings }) };
    const model = { ...settings, directory: retained, tokenizer, classifier, specs, executor, ownsExecutor };
    return { model, inference, parameters };
  } catch (error) {
    if (ownsExecutor) await executor.dispose();
    throw error;
  }
}

function longTextOf(name: string | undefined): LongText {
  return longTextModes.find((mode) => mode === name) ?? "truncate";
}

function isModelDirectory(input: ModelInput | ModelDirectory): input is ModelDirectory {
  return typeof input === "object" && input !== null && "config" in input;
}

/** Returns the names and contents of all files of a model directory except the weights and run.json. */
export function configFiles({ directory, labels, lowerCase, maxLength }: LoadedModel): ReturnType<typeof modelFiles> {
  const { config, vocab, tokenizer } = directory;
  return modelFiles({ config, vocab, tokenizer, labels, lowerCase, maxLength });
}

/** Returns the contents of run.json for a model that is saved outside a run. */
export function savedRecord(model: LoadedModel): string {
  const { directory, labels, lowerCase, maxLength, longText, windowOverlap } = model;
  const { taskName, pairs, columns, threshold } = directory.trained;
  const layout = layoutOfRecord(columns);
  return formatJson({
    task_name: taskName ?? null,
    ...(pairs !== undefined && { pairs }),
    labels,
    do_lower_case: lowerCase,
    max_seq_length: maxLength,
    ...(longText !== "truncate" && { long_text: longText }),
    ...(windowOverlap !== undefined && { window_overlap: windowOverlap }),
    ...(layout && { columns: recordOfLayout(layout) }),
    ...(threshold !== undefined && { threshold }),
  });
}
