import {
  type EncodedText,
  type EncoderOptions,
  type LoadOptions,
  type ModelInput,
  SentenceEncoder,
  TextClassifier,
} from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { type BatchQueue, createBatchQueue } from "./batch-queue.ts";
import type { Metrics } from "./metrics.ts";
import type { Limits } from "./options.ts";

/** Model to serve, with the options of `TextClassifier.load()`, most of which `SentenceEncoder.load()` has, too. */
export interface ModelRequest extends LoadOptions, Pick<EncoderOptions, "pooling"> {
  /** Name in paths and in `model` fields: letters, digits, `.`, `_` and `-`. @default the last part of the path */
  readonly name?: string | undefined;
  /** Model directory: its path or URL, a storage, or files. */
  readonly model: ModelInput;
  /**
   * What the model is used for: "classify", "embed", or "auto" for classifying if the model has labels, and embedding
   * otherwise.
   *
   * @default "auto"
   */
  readonly task?: "auto" | "classify" | "embed" | undefined;
}

/** Members that classifiers and encoders share. */
interface Loaded {
  readonly tokenizer: BertTokenizer;
  readonly maxLength: number;
  readonly engine: string;
  readonly device: string;
  /** Notes and warnings about the model, one line each. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  dispose(): Promise<void>;
}

/** Classifier in memory, with the queue of its texts. */
export interface LoadedClassifier extends Loaded {
  readonly kind: "classifier";
  readonly classifier: TextClassifier;
  readonly queue: BatchQueue<EncodedText, Float32Array>;
}

/** Sentence encoder in memory, with the queue of its texts. */
export interface LoadedEncoder extends Loaded {
  readonly kind: "encoder";
  readonly encoder: SentenceEncoder;
  /** The keys of the texts are made by {@link embeddingKey}. */
  readonly queue: BatchQueue<string, Float32Array>;
}

export type LoadedModel = LoadedClassifier | LoadedEncoder;

/** How texts are embedded. Only texts with equal settings share a batch. */
export interface EmbeddingSettings {
  readonly normalize: boolean;
  readonly promptName: string | undefined;
  readonly truncateDim: number | undefined;
}

/** Returns the key of texts in the queue of an encoder. */
export function embeddingKey(settings: EmbeddingSettings): string {
  return JSON.stringify(settings);
}

/** Loads a model, and computes a text, so that a model that cannot compute is not served. */
export async function loadModel(request: ModelRequest, limits: Limits, metrics: Metrics): Promise<LoadedModel> {
  const { task = "auto" } = request;
  const onBatch = (size: number, tokens: number) => {
    metrics.observe("te_batch_next_size", size);
    metrics.observe("te_batch_next_tokens", tokens);
  };
  if (task === "embed") return loadEncoder(request, limits, onBatch);
  try {
    return await loadClassifier(request, limits, onBatch);
  } catch (error) {
    const hasNoLabels = error instanceof BertieError && error.code === "input/no-labels";
    if (task === "auto" && hasNoLabels) return loadEncoder(request, limits, onBatch);
    throw error;
  }
}

type OnBatch = (size: number, tokens: number) => void;

async function loadClassifier(request: ModelRequest, limits: Limits, onBatch: OnBatch): Promise<LoadedClassifier> {
  const { name: _name, task: _task, pooling: _pooling, model, ...options } = request;
  const classifier = await TextClassifier.load(model, options);
  await disposeOnError(classifier, () => classifier.classify("[UNK]"));
  const { tokenizer, maxLength, engine, device, notes, warnings } = classifier;
  return {
    ...{ kind: "classifier", classifier, tokenizer, maxLength, engine, device, notes, warnings },
    queue: createBatchQueue({ run: (texts) => classifier.stages.logits(texts), ...limits, onBatch }),
    dispose: () => classifier.dispose(),
  };
}

async function loadEncoder(request: ModelRequest, limits: Limits, onBatch: OnBatch): Promise<LoadedEncoder> {
  const {
    name: _name,
    task: _task,
    model,
    labels: _labels,
    longText: _longText,
    windowOverlap: _overlap,
    ...options
  } = request;
  const encoder = await SentenceEncoder.load(model, options);
  await disposeOnError(encoder, () => encoder.embed("[UNK]"));
  const { tokenizer, maxLength, engine, device, notes, warnings } = encoder;
  return {
    ...{ kind: "encoder", encoder, tokenizer, maxLength, engine, device, notes, warnings },
    queue: createBatchQueue({
      run: (texts, key) => encoder.embed(texts, JSON.parse(key) as EmbeddingSettings),
      ...limits,
      onBatch,
    }),
    dispose: () => encoder.dispose(),
  };
}

async function disposeOnError(model: { dispose(): Promise<void> }, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/**
 * Returns the name of a model: the given one, or the last part of its path.
 *
 * @throws BertieError "server/model-name" if the name cannot be part of a path
 */
export function nameOf({ name, model }: ModelRequest): string {
  const path = typeof model === "string" || model instanceof URL ? String(model).replace(/[/\\]+$/, "") : "model";
  const result = name ?? path.split(/[/\\]/).at(-1)!;
  if (/^[\w.-]+$/.test(result) && !/^\.+$/.test(result)) return result;
  const text = `the name of a model is ${JSON.stringify(result)}: expected letters, digits, ".", "_" and "-". Set a name: NAME=DIR.`;
  throw new BertieError("server/model-name", text);
}
