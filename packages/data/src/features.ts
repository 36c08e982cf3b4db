import { BertieError } from "@bertie/common";
import type { InputExample } from "./example.ts";
import type { ExampleLog } from "./example-log.ts";
import { labelIdsOf } from "./labels.ts";
import { fitRow, type LongText, type TokenRow } from "./long-text.ts";
import { targetsOf } from "./targets.ts";
import type { WordPieceTokenizer } from "./tokenizer.ts";

/** Model input for one example, without padding. Examples can share arrays, so do not modify them. */
export interface InputFeatures {
  /** int32 `[length]`: token ids. */
  readonly inputIds: Int32Array;
  /** int32 `[length]`: attention mask, 1 for tokens to attend to. */
  readonly inputMask: Int32Array;
  /** int32 `[length]`: token type ids, 1 for the second text and its [SEP], 0 elsewhere. */
  readonly segmentIds: Int32Array;
  /** Undefined if the example has no label, or has targets instead. */
  readonly labelId: number | undefined;
  /** float32 `[labels]` for multi-label classification, `[1]` for regression; absent otherwise. */
  readonly targets?: Float32Array;
  /** Index of the example in the set, if its text was split into windows: several rows then have the same index. */
  readonly example?: number;
}

/** Options of {@link convertExamplesToFeatures}. */
export interface ConvertOptions {
  /** Callback for the first five examples, for logs. */
  readonly onExample?: (log: ExampleLog) => void;
  /** Handling of texts that are longer than `maxSeqLength`. @default "truncate" */
  readonly longText?: LongText | undefined;
  /** With "windows": number of tokens that consecutive windows share. @default a quarter of the tokens of a window */
  readonly windowOverlap?: number | undefined;
  /** With "truncate": end of a text at which tokens are removed. @default "right" */
  readonly truncationSide?: "left" | "right" | undefined;
}

const LOGGED_EXAMPLES = 5;
/** Length that no text reaches, to encode texts without truncation. */
const UNLIMITED = 2 ** 30;
/** Number of texts per tokenizer call. More texts have less overhead but more padding, to the longest text of the call. */
const TEXTS_PER_CALL = 256;

/**
 * Tokenizes examples as `[CLS] a [SEP]`, or as `[CLS] a [SEP] b [SEP]` with token type id 1 for b and its [SEP], truncated
 * to `maxSeqLength` tokens. Corresponds to `convert_examples_to_features` of the 2018 script, without padding.
 *
 * @param labels all labels, in the order of their ids
 * @returns the features of each example, in order, with the targets of {@link targetsOf} for examples with several labels
 *   or a value
 * @throws BertieError "config/max-seq-length" if `maxSeqLength` is not an integer of at least 3
 * @throws BertieError "input/unknown-label", with file and line, if a label is not in `labels`
 * @example
 * ```ts
 * import { convertExamplesToFeatures } from "@bertie/data";
 * import { BertTokenizer } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\n好\n坏\n");
 * const example = { guid: "train-0", textA: "好", label: "positive" };
 * const [features] = convertExamplesToFeatures([example], ["negative", "positive"], 128, tokenizer);
 * console.log(features?.inputIds, features?.labelId); // Int32Array [2, 4, 3] 1
 * ```
 */
export function convertExamplesToFeatures(
  examples: readonly InputExample[],
  labels: readonly string[],
  maxSeqLength: number,
  tokenizer: WordPieceTokenizer,
  { onExample, longText = "truncate", windowOverlap, truncationSide = "right" }: ConvertOptions = {},
): InputFeatures[] {
  if (!Number.isInteger(maxSeqLength) || maxSeqLength < 3) {
    throw new BertieError(
      "config/max-seq-length",
      `invalid max_seq_length ${maxSeqLength}: expected an integer of at least 3, to fit [CLS] and two [SEP].`,
    );
  }
  const labelIds = labelIdsOf(examples, labels);
  const allTargets = targetsOf(examples, labels);
  const ones = constantArrays(1);
  const zeros = constantArrays(0);
  const features: InputFeatures[] = [];

  for (let start = 0; start < examples.length; start += TEXTS_PER_CALL) {
    const chunk = examples.slice(start, start + TEXTS_PER_CALL);
    const encoded = tokenizer.encodeBatch(
      chunk.map(({ textA, textB }) => (textB === undefined ? textA : [textA, textB])),
      { maxLength: maxSeqLength, truncation: true, padding: "longest", addSpecialTokens: true },
    );
    const stride = encoded.ids.length / chunk.length;
    chunk.forEach((example, i) => {
      const length = encoded.lengths[i]!;
      const row = i * stride;
      const targets = allTargets[start + i];
      const truncatesAtEnd = longText === "truncate" && truncationSide === "right";
      const isLong = !truncatesAtEnd && length === maxSeqLength;
      const rows: TokenRow[] = isLong
        ? fitRow(encodeWhole(example, tokenizer), { maxLength: maxSeqLength, longText, windowOverlap, truncationSide })
        : [
            {
              inputIds: encoded.ids.slice(row, row + length),
              segmentIds: example.textB === undefined ? zeros(length) : encoded.typeIds.slice(row, row + length),
            },
          ];
      for (const { inputIds, segmentIds } of rows)
        features.push({
          inputIds,
          inputMask: ones(inputIds.length),
          segmentIds,
          labelId: labelIds[start + i],
          ...(targets && { targets }),
          ...(longText === "windows" && { example: start + i }),
        });
    });
  }

  if (onExample !== undefined) {
    for (const [i, example] of examples.slice(0, LOGGED_EXAMPLES).entries()) {
      const first = features.find(({ example }, row) => (example ?? row) === i)!;
      onExample(exampleLogOf(example, first, maxSeqLength, tokenizer));
    }
  }
  return features;
}

/** Encodes an example without truncation. */
function encodeWhole({ textA, textB }: InputExample, tokenizer: WordPieceTokenizer): TokenRow {
  const options = { maxLength: UNLIMITED, truncation: true, padding: "longest", addSpecialTokens: true } as const;
  const { ids, typeIds } = tokenizer.encodeBatch([textB === undefined ? textA : [textA, textB]], options);
  return { inputIds: ids, segmentIds: typeIds };
}

function exampleLogOf(
  { guid, label }: InputExample,
  { inputIds, inputMask, segmentIds, labelId }: InputFeatures,
  maxSeqLength: number,
  tokenizer: WordPieceTokenizer,
): ExampleLog {
  const padded = (values: Int32Array) => {
    const result = new Int32Array(maxSeqLength);
    result.set(values);
    return result;
  };
  return {
    guid,
    tokens: Array.from(inputIds, (id) => tokenizer.idToToken(id) ?? `#${id}`),
    inputIds: padded(inputIds),
    inputMask: padded(inputMask),
    segmentIds: padded(segmentIds),
    label,
    labelId,
  };
}

/** Returns a cache of constant arrays by length. Masks, and the token type ids of single texts, depend only on the length. */
function constantArrays(value: number): (length: number) => Int32Array {
  const byLength = new Map<number, Int32Array>();
  return (length) => {
    let array = byLength.get(length);
    if (array === undefined) {
      array = new Int32Array(length).fill(value);
      byLength.set(length, array);
    }
    return array;
  };
}
