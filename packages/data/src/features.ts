import { BertieError } from "@bertie/common";
import type { InputExample } from "./example.ts";
import type { ExampleLog } from "./example-log.ts";
import { labelIdsOf } from "./labels.ts";
import type { WordPieceTokenizer } from "./tokenizer.ts";

/**
 * What the model sees of an example: arrays of one length, that of the tokens, without padding. Features may share equal
 * arrays: do not write to them.
 */
export interface InputFeatures {
  /** int32[length]. */
  readonly inputIds: Int32Array;
  /** int32[length]: 1 for tokens to attend to. */
  readonly inputMask: Int32Array;
  /** int32[length]: 1 for the second text and its [SEP], else 0. */
  readonly segmentIds: Int32Array;
  /** Undefined where the example has no label. */
  readonly labelId: number | undefined;
}

export interface ConvertOptions {
  /** Told of the first five examples, for a log that lets people check what the model gets. */
  readonly onExample?: (log: ExampleLog) => void;
}

const LOGGED_EXAMPLES = 5;
/** Many texts a call, for speed; not all, for the tokenizer pads them to the longest. */
const TEXTS_PER_CALL = 256;

/**
 * Tokenizes examples: `[CLS] a [SEP]`, or `[CLS] a [SEP] b [SEP]` with segment 1 for b and its [SEP], cut to
 * `maxSeqLength` tokens.
 *
 * @param labels all labels, in the order of their ids
 * @returns one for each example, in order
 * @throws BertieError "config/max-seq-length" below 3; "input/unknown-label", which names file and line
 */
export function convertExamplesToFeatures(
  examples: readonly InputExample[],
  labels: readonly string[],
  maxSeqLength: number,
  tokenizer: WordPieceTokenizer,
  { onExample }: ConvertOptions = {},
): InputFeatures[] {
  if (!Number.isInteger(maxSeqLength) || maxSeqLength < 3) {
    throw new BertieError(
      "config/max-seq-length",
      `max_seq_length is ${maxSeqLength}; it must be an integer from 3, for [CLS] and two [SEP]`,
    );
  }
  const labelIds = labelIdsOf(examples, labels);
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
    chunk.forEach(({ textB }, i) => {
      const length = encoded.lengths[i]!;
      const row = i * stride;
      features.push({
        inputIds: encoded.ids.slice(row, row + length),
        inputMask: ones(length),
        segmentIds: textB === undefined ? zeros(length) : encoded.typeIds.slice(row, row + length),
        labelId: labelIds[start + i],
      });
    });
  }

  if (onExample !== undefined) {
    for (const [i, example] of examples.slice(0, LOGGED_EXAMPLES).entries()) {
      onExample(describe(example, features[i]!, maxSeqLength, tokenizer));
    }
  }
  return features;
}

function describe(
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

/** Arrays of one value, made once a length: masks, and the segments of single texts, differ in nothing but length. */
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
