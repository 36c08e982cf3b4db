/**
 * Features of one example as logged by the 2018 script `run_classifier`. Arrays are padded with 0 to the maximum sequence
 * length.
 */
export interface ExampleLog {
  readonly guid: string;
  /** Tokens, without padding. */
  readonly tokens: readonly string[];
  readonly inputIds: Int32Array;
  readonly inputMask: Int32Array;
  readonly segmentIds: Int32Array;
  /** Undefined, like `labelId`, if the example has no label. */
  readonly label: string | undefined;
  readonly labelId: number | undefined;
}

/**
 * Returns the lines that the 2018 script `run_classifier` prints for an example.
 *
 * @example
 * ```ts
 * import { formatExampleLog } from "@bertie/data";
 *
 * const lines = formatExampleLog({
 *   guid: "train-0",
 *   tokens: ["[CLS]", "好", "[SEP]"],
 *   inputIds: Int32Array.of(101, 1962, 102, 0),
 *   inputMask: Int32Array.of(1, 1, 1, 0),
 *   segmentIds: Int32Array.of(0, 0, 0, 0),
 *   label: "positive",
 *   labelId: 1,
 * });
 * console.log(lines[3]); // "input_ids: 101 1962 102 0"
 * ```
 */
export function formatExampleLog(log: ExampleLog): string[] {
  return [
    "*** Example ***",
    `guid: ${log.guid}`,
    `tokens: ${log.tokens.join(" ")}`,
    `input_ids: ${log.inputIds.join(" ")}`,
    `input_mask: ${log.inputMask.join(" ")}`,
    `segment_ids: ${log.segmentIds.join(" ")}`,
    log.label === undefined ? "label: none" : `label: ${log.label} (id = ${log.labelId})`,
  ];
}
