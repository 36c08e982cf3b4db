const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** Maximum length of a key in bytes, including the quotes. Meaningful keys are far shorter. */
const MAX_KEY_BYTES = 1 << 16;

/**
 * Yields the members of a JSON object one at a time: each key with the undecoded bytes of its value.
 *
 * Values are skipped instead of parsed, so a value that the caller ignores takes no memory, however long or deeply
 * nested the value is. A value is not validated until the caller parses it. Every occurrence of a duplicate key is
 * yielded.
 *
 * @param json UTF-8, without a byte order mark
 * @throws SyntaxError if the text is not a JSON object, or a key is longer than 64 KiB
 *
 * @example
 * ```ts
 * import { jsonMembers } from "@bertie/common";
 *
 * const json = new TextEncoder().encode('{"layers": 4, "nested": [[1]]}');
 * for (const [key, value] of jsonMembers(json)) console.log(key, new TextDecoder().decode(value));
 * // layers 4
 * // nested [[1]]
 * ```
 */
export function* jsonMembers(json: Uint8Array): Generator<readonly [key: string, value: Uint8Array]> {
  let at = expect(json, skipWhitespace(json, 0), OPEN);
  if (json[at] === CLOSE) at++;
  else {
    for (;;) {
      const keyEnd = stringEnd(json, at);
      if (keyEnd - at > MAX_KEY_BYTES)
        throw new SyntaxError(`expected a key of at most ${MAX_KEY_BYTES} bytes, found ${keyEnd - at}`);
      const key = JSON.parse(decoder.decode(json.subarray(at, keyEnd))) as string;
      const start = expect(json, skipWhitespace(json, keyEnd), COLON);
      const end = valueEnd(json, start);
      yield [key, json.subarray(start, end)];
      at = skipWhitespace(json, end);
      if (json[at] === CLOSE) break;
      at = expect(json, at, COMMA);
    }
    at++;
  }
  if (skipWhitespace(json, at) < json.length) throw new SyntaxError("unexpected text after the object");
}

/**
 * Returns whether the bytes are exactly one JSON string, without decoding it.
 *
 * @param json UTF-8
 *
 * @example
 * ```ts
 * import { isJsonString } from "@bertie/common";
 *
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * console.log(isJsonString(bytes('"a\\n"')), isJsonString(bytes("1"))); // true false
 * ```
 */
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

/** Returns the position after the given byte, which must come next, and any whitespace that follows it. */
function expect(json: Uint8Array, at: number, byte: number): number {
  if (json[at] === byte) return skipWhitespace(json, at + 1);
  throw new SyntaxError(`expected "${String.fromCharCode(byte)}" at byte ${at}`);
}

function skipWhitespace(json: Uint8Array, from: number): number {
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++;
  return at;
}

/** Returns the position after the value that starts at `from`, without trailing whitespace. */
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
  throw new SyntaxError("the object is not closed");
}

/** Returns the position after the string that starts at `from`. */
function stringEnd(json: Uint8Array, from: number): number {
  if (json[from] !== QUOTE) throw new SyntaxError(`expected a key at byte ${from}`);
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === QUOTE) return at + 1;
    if (json[at] === BACKSLASH) at++;
  }
  throw new SyntaxError("a string is not closed");
}
