import type { NamedBytes } from "@bertie/common";
import type { OnBadRow } from "./bad-rows.ts";
import { addLines } from "./feature-file.ts";
import {
  createFeatureCollector,
  FEATURE_KEYS,
  type FeatureCollector,
  type FeatureLimits,
  type FeatureRecord,
  type FeatureSet,
} from "./feature-rows.ts";
import { isParquet } from "./tables/detect-format.ts";
import { openParquet } from "./tables/parquet-rows.ts";

/**
 * Reads features from one or more files as one set, in the order of the files. A file is Parquet or, as in `readFeatures()`,
 * JSON lines.
 *
 * The columns of Parquet files have the names of the keys: `input_ids`, `input_mask` or `attention_mask`, and `segment_ids` or
 * `token_type_ids` are lists of integers. Without a mask, all tokens are attended to; without token type ids, the tokens belong
 * to one text. The labels are in `label_id`, `labels` or `value`. Other columns are not read.
 *
 * @param fileName name of the set in messages
 * @param files contents of the files
 * @param options `onBadRow: "skip"` skips and counts unusable rows; "fail", the default, throws
 * @throws BertieError "input/parquet" if a Parquet file is damaged or uses an unsupported compression, and the errors of
 *   {@link readFeatures}
 * @example
 * ```ts
 * import { readFeatureParts } from "@bertie/data";
 *
 * const line = '{"input_ids":[101,7,102],"attention_mask":[1,1,1],"token_type_ids":[0,0,0],"label_id":1}\n';
 * const file = { name: "part-0.jsonl", bytes: new TextEncoder().encode(line) };
 * const { features } = await readFeatureParts("features", [file, file]);
 * console.log(features.length); // 2
 * ```
 */
export async function readFeatureParts(
  fileName: string,
  files: readonly NamedBytes[],
  limits: FeatureLimits = {},
  options: { readonly onBadRow?: OnBadRow } = {},
): Promise<FeatureSet> {
  const collector = createFeatureCollector(fileName, limits, options.onBadRow);
  let blankLines = 0;
  for (const { name, bytes } of files)
    if (isParquet(bytes)) await addParquet(collector, name, bytes);
    else blankLines += addLines(collector, name, bytes);
  return collector.finish(blankLines);
}

async function addParquet(collector: FeatureCollector, name: string, bytes: Uint8Array): Promise<void> {
  const { columns, rowCount, records } = await openParquet(name, bytes);
  const used = FEATURE_KEYS.filter((key) => columns.includes(key));
  for await (const { line, record } of records(0, rowCount, used))
    collector.add(`${name}, row ${line}`, () => withDefaults(toNumbers(used, record)));
}

/** Returns a record whose integers are numbers, and whose missing values are null. */
function toNumbers(columns: readonly string[], record: FeatureRecord): FeatureRecord {
  return Object.fromEntries(columns.map((column) => [column, toNumber(record[column] ?? null)]));
}

function toNumber(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? value.map(toNumber) : value;
}

/** Adds the columns that `bertie tokenize --format parquet` leaves out. */
function withDefaults(record: FeatureRecord): FeatureRecord {
  const { input_ids: ids } = record;
  const has = (...keys: readonly string[]) => keys.some((key) => record[key] !== undefined);
  if (!Array.isArray(ids)) return record;
  return {
    ...record,
    ...(!has("input_mask", "attention_mask") && { input_mask: ids.map(() => 1) }),
    ...(!has("segment_ids", "token_type_ids") && { segment_ids: ids.map(() => 0) }),
  };
}
