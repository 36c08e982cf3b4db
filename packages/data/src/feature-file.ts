import { BertieError } from "@bertie/common";
import type { OnBadRow } from "./bad-rows.ts";
import {
  createFeatureCollector,
  type FeatureCollector,
  type FeatureLimits,
  type FeatureRecord,
  type FeatureSet,
} from "./feature-rows.ts";
import { isBlank, readLines } from "./lines.ts";

/**
 * Maximum length of a line, in UTF-16 code units: enough for 100,000 tokens. Parsing an unrelated JSON line could take many
 * times its size in memory.
 */
const MAX_LINE_LENGTH = 1 << 20;

/**
 * Reads features of texts that are already tokenized: JSON lines
 * `{"input_ids":[…],"input_mask":[…],"segment_ids":[…],"label_id":n}`. The arrays of a line have the same length. Padding at
 * the end (mask 0) is removed. `label_id` may be null or absent. Other keys are ignored. `input_mask` may be called
 * `attention_mask`, and `segment_ids` `token_type_ids`, as in transformers.
 *
 * Instead of `label_id`, the rows of multi-label classification have `labels`, an array with a number from 0 to 1 for each
 * label (1 if the label applies), and the rows of regression have `value`, a number.
 *
 * @param bytes contents of the file, UTF-8
 * @param fileName name of the file in error messages
 * @param options `onBadRow: "skip"` skips and counts unusable rows; "fail", the default, throws
 * @throws BertieError "input/no-rows" if the file has no usable rows
 * @throws BertieError for a bad row, with file, line and key: "input/invalid-utf8", "input/line-too-long",
 *   "input/invalid-json", "input/missing-key", "input/invalid-value", "input/length-mismatch" or "input/too-long"
 * @example
 * ```ts
 * import { readFeatures } from "@bertie/data";
 *
 * const line = '{"input_ids":[101,7,102,0],"input_mask":[1,1,1,0],"segment_ids":[0,0,0,0],"label_id":1}\n';
 * const { features } = readFeatures(new TextEncoder().encode(line), "train.jsonl");
 * console.log(features[0]?.inputIds, features[0]?.labelId); // Int32Array [101, 7, 102] 1
 * ```
 */
export function readFeatures(
  bytes: Uint8Array,
  fileName: string,
  limits: FeatureLimits = {},
  options: { readonly onBadRow?: OnBadRow } = {},
): FeatureSet {
  const collector = createFeatureCollector(fileName, limits, options.onBadRow);
  return collector.finish(addLines(collector, fileName, bytes));
}

/** Adds the rows of a file of JSON lines. Returns the number of blank lines. */
export function addLines(collector: FeatureCollector, fileName: string, bytes: Uint8Array): number {
  let blankLines = 0;
  for (const { number, text } of readLines(bytes, fileName, collector.addBad)) {
    const where = `${fileName}, line ${number}`;
    if (isBlank(text)) blankLines++;
    else collector.add(where, () => parseRecord(text, where));
  }
  return blankLines;
}

function parseRecord(text: string, where: string): FeatureRecord {
  if (text.length > MAX_LINE_LENGTH) {
    const message = `${where}: expected at most ${MAX_LINE_LENGTH} characters, found ${text.length}. Check that the line is a row of features.`;
    throw new BertieError("input/line-too-long", message);
  }
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw new BertieError(
      "input/invalid-json",
      `${where}: the line is not valid JSON. Write one JSON object per line.`,
      { cause },
    );
  }
  if (typeof record === "object" && record !== null && !Array.isArray(record)) {
    return record as FeatureRecord;
  }
  throw new BertieError(
    "input/invalid-json",
    `${where}: expected a JSON object, found another JSON value. Write one JSON object per line.`,
  );
}
