import { BertieError, type ErrorCode } from "@bertie/common";
import { byteReader } from "./byte-reader.ts";

/**
 * What a pickle can be made of here: plain data (lists and tuples are both arrays), and objects of the host's.
 */
export type PickleValue<T> =
  | null
  | boolean
  | number
  | bigint
  | string
  | T
  | PickleValue<T>[]
  | Map<PickleValue<T>, PickleValue<T>>;

/** What gives a pickle's names a meaning. It decides all that a pickle can do; a throw from it ends the reading. */
export type PickleHost<T> = {
  /** The object that a module's name stands for. */
  readonly global: (module: string, name: string) => T;
  readonly call: (callee: PickleValue<T>, args: PickleValue<T>) => PickleValue<T>;
  /** The object behind a persistent id, which stands for something outside the pickle. */
  readonly persistent: (id: PickleValue<T>) => T;
};

/**
 * Limits that no state dict comes near, and that keep a hostile file from eating memory or time. Values and stack grow by
 * at most one an instruction, and nothing here or behind is recursive, so the first limit bounds them all. Objects and the
 * memo take far more memory than the byte that asks for them, and have limits of their own. A tensor takes some 30
 * instructions, 9 objects and 12 places in the memo.
 */
const MOST_INSTRUCTIONS = 1_000_000;
const MOST_OBJECTS = 150_000;
const MOST_REMEMBERED = 200_000;
const MOST_OPEN_MARKS = 1_000;
const LONGEST_TEXT = 1 << 20;
const LONGEST_INTEGER = 16;
const NEWEST_PROTOCOL = 5;

/**
 * Reads one pickle with a machine that can build plain data, and beyond it only what the host makes: no name is ever
 * imported and nothing of the pickle is run. It knows the instructions that torch.save's pickles have been made of,
 * Python 2's text included; any other is refused.
 *
 * Instructions are as CPython's pickletools.py documents them.
 *
 * @returns the value and the position behind the pickle
 * @throws BertieError weights/pickle, weights/pickle-instruction, weights/pickle-limit, weights/truncated
 */
export function readPickle<T>(
  bytes: Uint8Array,
  start: number,
  host: PickleHost<T>,
  fileName: string,
): { value: PickleValue<T>; end: number } {
  const reader = byteReader(bytes, start, fileName);
  const memo = new Map<number, PickleValue<T>>();
  const marks: number[] = [];
  const stack: PickleValue<T>[] = [];
  let objects = 0;

  const fault = (code: ErrorCode, what: string) =>
    new BertieError(
      code,
      `${fileName}: pickle at byte ${reader.position() - 1}: ${what}; get the file anew, or save its state dict alone`,
    );
  const broken = (what: string) => fault("weights/pickle", what);
  const floor = () => marks.at(-1) ?? 0;
  const top = (): PickleValue<T> => {
    if (stack.length <= floor()) throw broken("takes a value where there is none");
    return stack[stack.length - 1]!;
  };
  const pop = (): PickleValue<T> => {
    const value = top();
    stack.pop();
    return value;
  };
  const popToMark = (): PickleValue<T>[] => {
    const mark = marks.pop();
    if (mark === undefined) throw broken("ends a group that was not begun");
    const values = stack.slice(mark);
    stack.length = mark;
    return values;
  };
  const popTuple = (length: number): PickleValue<T>[] => {
    if (stack.length - length < floor()) throw broken("takes a value where there is none");
    return stack.splice(stack.length - length);
  };
  const topList = (): PickleValue<T>[] => {
    const list = top();
    if (!Array.isArray(list)) throw broken("appends to what is no list");
    return list;
  };
  const setItems = (items: PickleValue<T>[]): void => {
    const map = top();
    if (!(map instanceof Map)) throw broken("sets an item of what is no dict");
    if (items.length % 2 !== 0) throw broken("has a key without a value");
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  };
  const text = (length: number): string => {
    if (length > LONGEST_TEXT) throw fault("weights/pickle-limit", `a text of ${length} bytes`);
    return new TextDecoder().decode(reader.take(length));
  };
  /** A name of a GLOBAL instruction: text up to the end of the line. */
  const line = (): string => {
    const from = reader.position();
    const length = bytes.subarray(from, from + LONGEST_TEXT).indexOf(0x0a);
    if (length < 0) throw broken("a name without an end");
    const name = text(length);
    reader.byte();
    return name;
  };
  const pushObject = (object: PickleValue<T>): void => {
    if (++objects > MOST_OBJECTS) throw fault("weights/pickle-limit", `more than ${MOST_OBJECTS} objects`);
    stack.push(object);
  };
  const remember = (key: number): void => {
    memo.set(key, top());
    if (memo.size > MOST_REMEMBERED) throw fault("weights/pickle-limit", `more than ${MOST_REMEMBERED} values stored`);
  };
  const recall = (key: number): PickleValue<T> => {
    const value = memo.get(key);
    if (value === undefined) throw broken(`recalls value ${key}, which it did not store`);
    return value;
  };

  for (let count = 0; count < MOST_INSTRUCTIONS; count++) {
    const instruction = reader.byte();
    switch (instruction) {
      case 0x80: // PROTO
        if (reader.byte() > NEWEST_PROTOCOL) throw broken("a protocol that is not known");
        break;
      case 0x95: // FRAME
        reader.uint(8);
        break;
      case 0x2e: // STOP
        return { value: pop(), end: reader.position() };
      case 0x28: // MARK
        if (marks.length >= MOST_OPEN_MARKS)
          throw fault("weights/pickle-limit", `${MOST_OPEN_MARKS} groups in one another`);
        marks.push(stack.length);
        break;

      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x4a: // BININT
        stack.push(reader.uint(4) | 0);
        break;
      case 0x4b: // BININT1
        stack.push(reader.byte());
        break;
      case 0x4d: // BININT2
        stack.push(reader.uint(2));
        break;
      case 0x8a: {
        // LONG1
        const length = reader.byte();
        if (length > LONGEST_INTEGER) throw fault("weights/pickle-limit", `an integer of ${length} bytes`);
        stack.push(integer(reader.take(length)));
        break;
      }
      case 0x47: // BINFLOAT, the one big-endian number
        stack.push(float(reader.take(8)));
        break;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING, Python 2's
        stack.push(text(reader.uint(4)));
        break;
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING, Python 2's
        stack.push(text(reader.byte()));
        break;

      case 0x7d: // EMPTY_DICT
        pushObject(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        pushObject([]);
        break;
      case 0x74: // TUPLE
        pushObject(popToMark());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        pushObject(popTuple(instruction - 0x84));
        break;
      case 0x61: {
        // APPEND
        const value = pop();
        topList().push(value);
        break;
      }
      case 0x65: {
        // APPENDS
        const values = popToMark();
        const list = topList();
        for (const value of values) list.push(value);
        break;
      }
      case 0x73: // SETITEM
        setItems(popTuple(2));
        break;
      case 0x75: // SETITEMS
        setItems(popToMark());
        break;

      case 0x71: // BINPUT
        remember(reader.byte());
        break;
      case 0x72: // LONG_BINPUT
        remember(reader.uint(4));
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x68: // BINGET
        stack.push(recall(reader.byte()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(recall(reader.uint(4)));
        break;

      case 0x63: {
        // GLOBAL
        const module = line();
        pushObject(host.global(module, line()));
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = popTuple(2);
        if (typeof module !== "string" || typeof name !== "string") throw broken("a name that is no text");
        pushObject(host.global(module, name));
        break;
      }
      case 0x52: {
        // REDUCE
        const args = pop();
        pushObject(host.call(pop(), args));
        break;
      }
      case 0x51: // BINPERSID
        pushObject(host.persistent(pop()));
        break;
      case 0x62: // BUILD: attributes; only the dict of a state dict has any, its _metadata, which we need not know
        pop();
        if (!(top() instanceof Map)) throw broken("sets attributes of what is no dict");
        break;

      default: {
        const code = `0x${instruction.toString(16).padStart(2, "0")}`;
        throw fault("weights/pickle-instruction", `instruction ${code}, which no state dict needs`);
      }
    }
  }
  throw fault("weights/pickle-limit", `more than ${MOST_INSTRUCTIONS} instructions`);
}

/** A little-endian integer in two's complement; a number where one holds it exactly. */
function integer(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(8 * bytes.length, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function float(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}
