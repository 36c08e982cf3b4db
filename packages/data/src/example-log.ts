/** How an example became features, as the 2018 script logs the first ones: arrays are padded with 0 to maxSeqLength. */
export interface ExampleLog {
  readonly guid: string;
  /** Without padding. */
  readonly tokens: readonly string[];
  readonly inputIds: Int32Array;
  readonly inputMask: Int32Array;
  readonly segmentIds: Int32Array;
  /** Undefined, with its id, where the example has none. */
  readonly label: string | undefined;
  readonly labelId: number | undefined;
}

/** The script's lines for one example. */
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
