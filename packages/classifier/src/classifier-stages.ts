import type { Batch, ProblemType } from "@bertie/common";
import { convertExamplesToFeatures, type InputFeatures, type LongText } from "@bertie/data";
import { averageLogits, probabilities } from "@bertie/optim";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { checkCount, checkFraction } from "./check-options.ts";
import { computeRows } from "./compute-rows.ts";
import type { LabelScore } from "./explain/explanation.ts";
import { rankLabels } from "./label-scores.ts";
import { exampleOf, type Text } from "./text-classifier-options.ts";

/** Tokenized text, or pair of texts, for {@link ClassifierStages}. */
export interface EncodedText {
  /** Number of tokens of the whole text, with [CLS] and [SEP]. Greater than the model's maximum length if it is too long. */
  readonly tokens: number;
  /** Inputs of the model: one row, or one row per window of a long text. */
  readonly rows: readonly InputFeatures[];
}

/** Options of {@link ClassifierStages.encode}. */
export interface EncodeTextOptions {
  /** End at which a text is truncated. Applies only to models that truncate long texts. @default "right" */
  readonly truncationSide?: "left" | "right" | undefined;
}

/** Options of {@link ClassifierStages.rank}. */
export interface RankOptions {
  /** Number of labels, most probable first. @default all labels */
  readonly topK?: number | undefined;
  /** Score from which on a label of a multi-label model is marked as `predicted`. @default the model's threshold */
  readonly threshold?: number | undefined;
  /** Whether the scores are the logits, instead of probabilities. @default false */
  readonly rawScores?: boolean;
}

/** The stages of `TextClassifier.classify()`, for programs that batch the texts of several callers. */
export interface ClassifierStages {
  /**
   * Tokenizes texts.
   *
   * @param offset number added to the index of a text in messages
   * @throws BertieError "input/not-text" if a text is not a string or `{ text, pair }`
   */
  encode(texts: readonly Text[], options?: EncodeTextOptions, offset?: number): EncodedText[];
  /**
   * Computes the logits of encoded texts, batched by length.
   *
   * @returns float32 `[labels]` for each text; of several windows, the logits of the averaged probabilities
   * @throws BertieError "classify/not-a-number", "classify/disposed" or "engine/…", as `classify()`
   * @throws the reason of `signal` if it is aborted
   */
  logits(texts: readonly EncodedText[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Returns the labels of a text with their scores, highest score first, from its logits. */
  rank(logits: Float32Array, options?: RankOptions): LabelScore[];
}

/** The parts of a classifier that the stages use. */
export interface StagedModel {
  readonly labels: readonly string[];
  readonly tokenizer: BertTokenizer;
  readonly maxLength: number;
  readonly problemType: ProblemType;
  readonly threshold: number;
  readonly batchSize: number | undefined;
  readonly longText: LongText;
  readonly windowOverlap: number | undefined;
  /** Whether batches may have any shape. */
  readonly anyShape: boolean;
  /** Returns the logits of a batch, `[size, labels]`. */
  run(batch: Omit<Batch, "labelIds">): Promise<Float32Array>;
}

export function createStages(model: StagedModel): ClassifierStages {
  const { labels, tokenizer, maxLength, problemType, longText, windowOverlap } = model;
  const width = labels.length;
  return {
    encode(texts, { truncationSide } = {}, offset = 0) {
      const examples = Array.from(texts, (text, i) => exampleOf(text, offset + i));
      const options = { longText, windowOverlap, truncationSide };
      const features = convertExamplesToFeatures(examples, [], maxLength, tokenizer, options);
      const rowsOf = new Map<number, InputFeatures[]>();
      for (const [row, feature] of features.entries()) {
        const text = feature.example ?? row;
        rowsOf.set(text, [...(rowsOf.get(text) ?? []), feature]);
      }
      return examples.map(({ textA, textB }, i) => {
        const rows = rowsOf.get(i)!;
        const { length } = rows[0]!.inputIds;
        return {
          rows,
          // Only servers that reject long texts read the number, so that other callers do not tokenize such texts twice.
          get tokens() {
            if (length < maxLength) return length;
            return tokenizer.encodeBatch([textB === undefined ? textA : [textA, textB]]).lengths[0]!;
          },
        };
      });
    },

    async logits(texts, signal) {
      const rows = texts.flatMap((text) => text.rows);
      const { batchSize, anyShape } = model;
      const shapes = { maxLength, batchSize, anyShape };
      const all = await computeRows(rows, model.run, { width, shapes, signal });
      const textOf = texts.flatMap((text, i) => text.rows.map(() => i));
      const values = rows.length > texts.length ? averageLogits(all, textOf, problemType).values : all;
      return texts.map((_, i) => values.slice(i * width, (i + 1) * width));
    },

    rank(logits, { topK, threshold = model.threshold, rawScores = false } = {}) {
      checkCount("topK", topK);
      checkFraction("threshold", threshold);
      const scores = probabilities(logits, 1, problemType);
      const ranked = rankLabels(labels, scores, problemType, threshold).slice(0, topK);
      if (!rawScores) return ranked;
      return ranked.map((entry) => ({ ...entry, score: logits[labels.indexOf(entry.label)]! }));
    },
  };
}
