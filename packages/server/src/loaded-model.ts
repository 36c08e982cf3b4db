import { type EncodedText, type LoadOptions, type ModelInput, TextClassifier } from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { type BatchQueue, createBatchQueue } from "./batch-queue.ts";
import type { Metrics } from "./metrics.ts";
import type { Limits } from "./options.ts";

/** Model to serve, with options of `TextClassifier.load()`. */
export interface ModelRequest extends LoadOptions {
  /** Name in paths and in `model` fields: letters, digits, `.`, `_` and `-`. @default the last part of the path */
  readonly name?: string | undefined;
  /** Model directory: its path or URL, a storage, or files. */
  readonly model: ModelInput;
}

/** Classifier in memory, with the queue of its texts. */
export interface LoadedModel {
  readonly kind: "classifier";
  readonly classifier: TextClassifier;
  readonly queue: BatchQueue<EncodedText, Float32Array>;
  readonly tokenizer: BertTokenizer;
  readonly maxLength: number;
  readonly warnings: readonly string[];
  dispose(): Promise<void>;
}

/** Loads a model, and classifies a text, so that a model that cannot compute is not served. */
export async function loadModel(request: ModelRequest, limits: Limits, metrics: Metrics): Promise<LoadedModel> {
  const { name: _, model, ...options } = request;
  const classifier = await TextClassifier.load(model, options);
  try {
    await classifier.classify("[UNK]");
  } catch (error) {
    await classifier.dispose();
    throw error;
  }
  const queue = createBatchQueue<EncodedText, Float32Array>({
    run: (texts) => classifier.stages.logits(texts),
    ...limits,
    onBatch(size, tokens) {
      metrics.observe("te_batch_next_size", size);
      metrics.observe("te_batch_next_tokens", tokens);
    },
  });
  const { tokenizer, maxLength, warnings } = classifier;
  return { kind: "classifier", classifier, queue, tokenizer, maxLength, warnings, dispose: () => classifier.dispose() };
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
