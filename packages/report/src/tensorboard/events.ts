import { concatenate } from "@bertie/common";
import { bytesField, doubleField, floatField, varintField } from "./protobuf.ts";
import { tfRecord } from "./records.ts";

/** Values at a step of a run. */
export interface SummaryEvent {
  /** Time in seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Numbers by tag, such as "loss". */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Markdown texts by tag. */
  readonly texts?: Readonly<Record<string, string>>;
}

/**
 * Returns the name of an event file, by which TensorBoard finds it.
 *
 * @param seconds time of the start in seconds since 1970
 * @param host name of the machine; characters that are not allowed in file names are replaced
 *
 * @example
 * ```ts
 * import { eventFileName } from "@bertie/report";
 *
 * console.log(eventFileName(1700000000, "laptop")); // events.out.tfevents.1700000000.laptop
 * ```
 */
export function eventFileName(seconds: number, host: string): string {
  return `events.out.tfevents.${String(Math.floor(seconds)).padStart(10, "0")}.${host.replace(/[^\w.-]/g, "-") || "localhost"}`;
}

/**
 * Returns the record that an event file starts with.
 *
 * @param wallTime time in seconds since 1970
 *
 * @example
 * ```ts
 * import { eventFileStart } from "@bertie/report";
 *
 * console.log(new TextDecoder().decode(eventFileStart(0)).includes("brain.Event:2")); // true
 * ```
 */
export function eventFileStart(wallTime: number): Uint8Array {
  return tfRecord(concatenate([doubleField(1, wallTime), bytesField(3, "brain.Event:2")]));
}

/**
 * Encodes values as a record of an event file, which is appended to the file. The format is the one of TensorFlow's
 * event.proto and summary.proto.
 *
 * @example
 * ```ts
 * import { eventFileStart, summaryRecord } from "@bertie/report";
 *
 * const record = summaryRecord({ wallTime: 1700000000, step: 1, scalars: { loss: 0.5 } });
 * console.log(eventFileStart(1700000000).length + record.length); // 81: the size of a file with both records
 * ```
 */
export function summaryRecord({ wallTime, step, scalars = {}, texts = {} }: SummaryEvent): Uint8Array {
  const values = [
    ...Object.entries(scalars).map(([tag, value]) => bytesField(1, bytesField(1, tag), floatField(2, value))),
    ...Object.entries(texts).map(([tag, text]) => textValue(tag, text)),
  ];
  return tfRecord(concatenate([doubleField(1, wallTime), varintField(2, step), bytesField(5, ...values)]));
}

const DT_STRING = 7;

/** Encodes a value for TensorBoard's text view: a tensor with one string. */
function textValue(tag: string, text: string): Uint8Array {
  const shape = bytesField(2, varintField(1, 1));
  const tensor = [varintField(1, DT_STRING), bytesField(2, shape), bytesField(8, text)];
  const metadata = bytesField(1, bytesField(1, "text"));
  return bytesField(1, bytesField(1, tag), bytesField(8, ...tensor), bytesField(9, metadata));
}
