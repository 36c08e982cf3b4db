// A reader of event files for tests, independent of the writer: it checks the framing with a bitwise checksum.

/** Event as read from a file. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly scalars: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** Reads an event file. Throws an error if a checksum is wrong or the file is truncated. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    check(file.subarray(at, at + 8), view.getUint32(at + 8, true));
    check(file.subarray(at + 12, at + 12 + length), view.getUint32(at + 12 + length, true));
    events.push(decodeEvent(file.subarray(at + 12, at + 12 + length)));
    at += 16 + length;
  }
  return events;
}

function check(bytes: Uint8Array, stored: number): void {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  const masked = (((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn;
  if (masked !== BigInt(stored)) throw new Error("wrong checksum");
}

type Field = readonly [field: number, value: number | Uint8Array];

function* fields(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (let more = true; more; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      more = byte > 127;
    }
    return Number(value);
  };
  while (at < message.length) {
    const key = varint();
    const [field, type] = [key >> 3, key & 7];
    if (type === 0) yield [field, varint()];
    else if (type === 1) {
      yield [field, view.getFloat64(at, true)];
      at += 8;
    } else if (type === 5) {
      yield [field, view.getFloat32(at, true)];
      at += 4;
    } else if (type === 2) {
      const length = varint();
      yield [field, message.subarray(at, at + length)];
      at += length;
    } else throw new Error(`unknown wire type ${type}`);
  }
}

function decodeEvent(message: Uint8Array): ReadEvent {
  const all = [...fields(message)];
  const only = (field: number) => all.find(([number]) => number === field)?.[1];
  const text = (value: number | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);
  const scalars: [tag: string, value: number][] = [];
  const texts: [tag: string, text: string][] = [];
  const summary = only(5);
  for (const [, value] of summary === undefined ? [] : fields(summary as Uint8Array)) {
    const parts = new Map(fields(value as Uint8Array));
    const tag = text(parts.get(1));
    if (parts.has(2)) scalars.push([tag, parts.get(2) as number]);
    if (parts.has(8)) texts.push([tag, text(new Map(fields(parts.get(8) as Uint8Array)).get(8))]);
  }
  const version = only(3);
  const wallTime = only(1) as number;
  const step = (only(2) as number | undefined) ?? 0;
  const values = { scalars: Object.fromEntries(scalars), texts: Object.fromEntries(texts) };
  return { wallTime, step, ...values, ...(version !== undefined && { fileVersion: text(version) }) };
}
