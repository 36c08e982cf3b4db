const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** No name that means something comes near it. */
const LONGEST_KEY = 1 << 16;

/**
 * The members of a JSON object, one at a time, as their keys and the bytes of their values.
 *
 * Values are passed over, not parsed: what nobody looks at takes no memory, however deep or long it is. Whoever looks at
 * one parses it, and learns then whether it is JSON.
 *
 * @param json UTF-8
 * @throws SyntaxError where it is no object, or a key is longer than 64 KiB
 */
export function* jsonMembers(json: Uint8Array): Generator<readonly [key: string, value: Uint8Array]> {
  let at = expect(json, behindBlanks(json, 0), OPEN);
  if (json[at] === CLOSE) at++;
  else {
    for (;;) {
      const keyEnd = stringEnd(json, at);
      if (keyEnd - at > LONGEST_KEY) throw new SyntaxError(`a key of ${keyEnd - at} bytes`);
      const key = JSON.parse(decoder.decode(json.subarray(at, keyEnd))) as string;
      const start = expect(json, behindBlanks(json, keyEnd), COLON);
      const end = valueEnd(json, start);
      yield [key, json.subarray(start, end)];
      at = behindBlanks(json, end);
      if (json[at] === CLOSE) break;
      at = expect(json, at, COMMA);
    }
    at++;
  }
  if (behindBlanks(json, at) < json.length) throw new SyntaxError("more than one object");
}

/** Whether the bytes are one JSON string; told without making it. */
export function isJsonString(json: Uint8Array): boolean {
  if (json[0] !== QUOTE || stringEnd(json, 0) !== json.length) return false;
  for (let at = 1; at < json.length - 1; at++) {
    if (json[at]! < 0x20) return false;
    if (json[at] !== BACKSLASH) continue;
    const escaped = String.fromCharCode(...json.subarray(at + 1, at + 6));
    if (!/^(["\\/bfnrt]|u[\da-fA-F]{4})/.test(escaped)) return false;
    at++;
  }
  return true;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The place behind this byte, which must come next, and the blanks that follow. */
function expect(json: Uint8Array, at: number, byte: number): number {
  if (json[at] === byte) return behindBlanks(json, at + 1);
  throw new SyntaxError(`"${String.fromCharCode(byte)}" is missing at byte ${at}`);
}

function behindBlanks(json: Uint8Array, from: number): number {
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++;
  return at;
}

/** Where the value ends that begins here: at the comma or the closing bracket behind it, or at blanks before those. */
function valueEnd(json: Uint8Array, from: number): number {
  let depth = 0;
  let end = from;
  for (let at = from; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) at = stringEnd(json, at) - 1;
    else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE)) return end;
    else if (byte === CLOSE || byte === CLOSE_LIST) depth--;
    if (byte > 0x20) end = at + 1;
  }
  throw new SyntaxError("the object does not end");
}

/** The place behind the string that begins here. */
function stringEnd(json: Uint8Array, from: number): number {
  if (json[from] !== QUOTE) throw new SyntaxError(`a key is missing at byte ${from}`);
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === QUOTE) return at + 1;
    if (json[at] === BACKSLASH) at++;
  }
  throw new SyntaxError("a string does not end");
}
