import { BertieError, type ErrorCode } from "@bertie/common";
import { byteReader } from "./byte-reader.ts";

/** A value in a pickle: plain data (lists and tuples are both arrays), or an object created by the host. */
export type PickleValue<T> =
  | null
  | boolean
  | number
  | bigint
  | string
  | T
  | PickleValue<T>[]
  | Map<PickleValue<T>, PickleValue<T>>;

/** Handlers of the names and calls in a pickle, which determine everything that a pickle can do. Errors end the reading. */
export type PickleHost<T> = {
  /** Returns the object for a name in a module. */
  readonly global: (module: string, name: string) => T;
  /** Returns the result of a call. */
  readonly call: (callee: PickleValue<T>, args: PickleValue<T>) => PickleValue<T>;
  /** Returns the object for a persistent id, which refers to data outside the pickle. */
  readonly persistent: (id: PickleValue<T>) => T;
};

/**
 * Limits that no state dict reaches, and that prevent a malicious file from exhausting memory or time.
 *
 * Each instruction adds at most one value to the stack, and nothing is recursive, so the number of instructions limits
 * the size of the stack. Objects and memo entries take much more memory than their bytes in the file, so they have
 * separate limits.
 * A tensor takes about 30 instructions, 9 objects and 12 memo entries.
 */
const MAX_INSTRUCTIONS = 1_000_000;
const MAX_OBJECTS = 150_000;
const MAX_MEMO_ENTRIES = 200_000;
const MAX_OPEN_MARKS = 1_000;
const MAX_TEXT_BYTES = 1 << 20;
const MAX_INTEGER_BYTES = 16;
const NEWEST_PROTOCOL = 5;

/**
 * Reads one pickle with an interpreter that creates only plain data and the objects of the host. It never imports a
 * name or runs code of the pickle.
 *
 * Supports the instructions in files of torch.save, including Python 2 strings, and rejects all others. The format is
 * documented in CPython's pickletools.py.
 *
 * @returns the value, and the position after the pickle
 * @throws BertieError "weights/pickle", "weights/pickle-instruction", "weights/pickle-limit" or "weights/truncated" if
 *   the pickle is not valid or not supported
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

  const errorAt = (code: ErrorCode, problem: string) =>
    new BertieError(
      code,
      `${fileName}, pickle at byte ${reader.position() - 1}: ${problem}. Download the file again, or save only the state dict.`,
    );
  const invalid = (problem: string) => errorAt("weights/pickle", problem);
  const beyondLimit = (problem: string) => errorAt("weights/pickle-limit", problem);
  const floor = () => marks.at(-1) ?? 0;
  const top = (): PickleValue<T> => {
    if (stack.length <= floor()) throw invalid("the stack is empty");
    return stack[stack.length - 1]!;
  };
  const pop = (): PickleValue<T> => {
    const value = top();
    stack.pop();
    return value;
  };
  const popToMark = (): PickleValue<T>[] => {
    const mark = marks.pop();
    if (mark === undefined) throw invalid("a mark is missing from the stack");
    const values = stack.slice(mark);
    stack.length = mark;
    return values;
  };
  const popTuple = (length: number): PickleValue<T>[] => {
    if (stack.length - length < floor()) throw invalid("the stack is empty");
    return stack.splice(stack.length - length);
  };
  const topList = (): PickleValue<T>[] => {
    const list = top();
    if (!Array.isArray(list)) throw invalid("the target of APPEND is not a list");
    return list;
  };
  const setItems = (items: PickleValue<T>[]): void => {
    const map = top();
    if (!(map instanceof Map)) throw invalid("the target of SETITEM is not a dict");
    if (items.length % 2 !== 0) throw invalid("a key has no value");
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  };
  const text = (length: number): string => {
    if (length > MAX_TEXT_BYTES)
      throw beyondLimit(`expected a string of at most ${MAX_TEXT_BYTES} bytes, found ${length}`);
    return new TextDecoder().decode(reader.take(length));
  };
  /** Reads a name of a GLOBAL instruction: text up to the end of the line. */
  const line = (): string => {
    const from = reader.position();
    const length = bytes.subarray(from, from + MAX_TEXT_BYTES).indexOf(0x0a);
    if (length < 0) throw invalid("a name is not terminated");
    const name = text(length);
    reader.byte();
    return name;
  };
  const pushObject = (object: PickleValue<T>): void => {
    if (++objects > MAX_OBJECTS) throw beyondLimit(`expected at most ${MAX_OBJECTS} objects`);
    stack.push(object);
  };
  const setMemo = (key: number): void => {
    memo.set(key, top());
    if (memo.size > MAX_MEMO_ENTRIES) throw beyondLimit(`expected at most ${MAX_MEMO_ENTRIES} memo entries`);
  };
  const getMemo = (key: number): PickleValue<T> => {
    const value = memo.get(key);
    if (value === undefined) throw invalid(`memo entry ${key} does not exist`);
    return value;
  };

  for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
    const instruction = reader.byte();
    switch (instruction) {
      case 0x80: // PROTO
        if (reader.byte() > NEWEST_PROTOCOL) throw invalid("the protocol version is not supported");
        break;
      case 0x95: // FRAME
        reader.uint(8);
        break;
      case 0x2e: // STOP
        return { value: pop(), end: reader.position() };
      case 0x28: // MARK
        if (marks.length >= MAX_OPEN_MARKS) throw beyondLimit(`expected at most ${MAX_OPEN_MARKS} nested marks`);
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
        if (length > MAX_INTEGER_BYTES)
          throw beyondLimit(`expected an integer of at most ${MAX_INTEGER_BYTES} bytes, found ${length}`);
        stack.push(integer(reader.take(length)));
        break;
      }
      case 0x47: // BINFLOAT, the only big-endian number
        stack.push(float(reader.take(8)));
        break;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING, a Python 2 string
        stack.push(text(reader.uint(4)));
        break;
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING, a Python 2 string
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
        setMemo(reader.byte());
        break;
      case 0x72: // LONG_BINPUT
        setMemo(reader.uint(4));
        break;
      case 0x94: // MEMOIZE
        setMemo(memo.size);
        break;
      case 0x68: // BINGET
        stack.push(getMemo(reader.byte()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(getMemo(reader.uint(4)));
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
        if (typeof module !== "string" || typeof name !== "string") throw invalid("a name is not a string");
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
      case 0x62: // BUILD sets attributes. The only attribute in a state dict is _metadata, which is not needed.
        pop();
        if (!(top() instanceof Map)) throw invalid("the target of BUILD is not a dict");
        break;

      default: {
        const code = `0x${instruction.toString(16).padStart(2, "0")}`;
        throw errorAt("weights/pickle-instruction", `instruction ${code} is not supported`);
      }
    }
  }
  throw beyondLimit(`expected at most ${MAX_INSTRUCTIONS} instructions`);
}

/** Returns a little-endian two's-complement integer, as a number if it is a safe integer. */
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
