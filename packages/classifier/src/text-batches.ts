import type { Batch } from "@bertie/common";
import { convertExamplesToFeatures, type InputExample, makeBatch } from "@bertie/data";
import { averageLogits } from "@bertie/optim";
import { type GroupOptions, groupByLength } from "./batch-shapes.ts";
import { placeRows } from "./compute-rows.ts";
import type { LoadedModel } from "./load-model.ts";

/** Batch of rows, each a text or a window of a text. */
export type TextBatch = Omit<Batch, "labelIds">;

/** Function that returns the logits of a batch, `[size, labels]`. */
export type Run = (batch: TextBatch) => Promise<Float32Array>;

/** Tokenized texts. */
export interface TextBatches {
  readonly batches: readonly TextBatch[];
  /** Returns the logits of all texts, `[texts, labels]`, in their order. */
  logits(run: Run, signal?: AbortSignal): Promise<Float32Array>;
}

/** Options of {@link textBatches}. */
export interface TextBatchOptions extends Omit<GroupOptions, "maxLength"> {
  /** Whether the examples are labeled, and their labels are checked. @default false */
  readonly checkLabels?: boolean;
}

/**
 * Tokenizes texts as the classifier does, and groups them into batches of texts of similar length.
 *
 * @throws BertieError "input/unknown-label" if `checkLabels` is set and an example has a label that the model does not have
 */
export function textBatches(
  model: LoadedModel,
  examples: readonly InputExample[],
  { batchSize, anyShape = true, checkLabels = false }: TextBatchOptions,
): TextBatches {
  const { maxLength, tokenizer, longText, windowOverlap, labels, directory } = model;
  const known = checkLabels ? labels : [];
  const features = convertExamplesToFeatures(examples, known, maxLength, tokenizer, { longText, windowOverlap });
  const lengths = features.map(({ inputIds }) => inputIds.length);
  const groups = groupByLength(lengths, { maxLength, batchSize, anyShape });
  const batches = groups.map(({ rows, length }) => makeBatch(features, rows, { padTo: length }));
  const width = labels.length;
  return {
    batches,
    async logits(run, signal) {
      const all = new Float32Array(features.length * width);
      for (const [i, batch] of batches.entries()) {
        signal?.throwIfAborted();
        placeRows(all, await run(batch), groups[i]!.rows, width);
      }
      if (features.length === examples.length) return all;
      const texts = features.map(({ example }) => example!);
      return averageLogits(all, texts, directory.config.problemType).values;
    },
  };
}
